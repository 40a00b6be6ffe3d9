import HTTPTypes
import Hummingbird
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

    /// The model that a request's path names, with the versions that the device has where they are released. Replicas load a new version
    /// one after the other: a device that got it from the first must not be sent back by the next one.
    ///
    /// - Parameter versions: What the device has.
    func requestedModel(having versions: [String], _ context: ServerContext) async throws -> Model {
        let model = try requestedModel(context)
        let unknown = versions.filter { model.versions[$0] == nil }
        if unknown.isEmpty { return model }
        do {
            try await awaitRelease(of: unknown, in: context.parameter("model"))
        } catch is VersionLoading {
            throw ProblemResponse(
                .serviceUnavailable,
                "version-loading",
                "the version is released and is still being loaded",
                field: "version",
                fix: "keep it and wait as Retry-After says",
                // Devices that a replica told so together do not come back together.
                retryAfter: .random(in: 5...10)
            )
        }
        return try requestedModel(context)
    }

    /// The version that a request names, or a problem that names the device's current one.
    func requestedVersion(_ version: String, _ context: ServerContext) async throws -> LoadedVersion {
        let model = try await requestedModel(having: [version], context)
        if let loaded = model.versions[version] {
            noteUse(of: loaded)
            return loaded
        }
        throw ProblemResponse(
            .conflict,
            "version-gone",
            "version '\(version.cut(toBytes: 80))' is not served",
            field: "version",
            fix: "fetch the current version's files and ask again",
            currentVersion: model.version(for: context.device)?.manifest.version
        )
    }
}
