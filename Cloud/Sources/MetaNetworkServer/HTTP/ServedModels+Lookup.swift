import HTTPTypes
import MetaNetwork

extension ServedModels {
    /// The model that a request's path names, or a problem.
    func requestedModel(_ context: ServerContext) throws -> Model {
        let name = context.parameter("model")
        guard let model = model(name) else {
            throw ProblemResponse(
                .notFound,
                "model-not-found",
                "there is no model '\(name.cut(toBytes: 80))'",
                field: "model",
                fix: "GET /v1/models lists them"
            )
        }
        return model
    }
}

extension ServedModels.Model {
    /// The version that a request names, or a problem that names the device's current one.
    func requestedVersion(_ version: String, for device: String) throws -> LoadedVersion {
        if let loaded = versions[version] { return loaded }
        throw ProblemResponse(
            .conflict,
            "version-gone",
            "version '\(version.cut(toBytes: 80))' is not served",
            field: "version",
            fix: "fetch the current version's files and ask again",
            currentVersion: self.version(for: device)?.manifest.version
        )
    }
}
