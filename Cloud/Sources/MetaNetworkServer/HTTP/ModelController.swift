import HTTPTypes
import Hummingbird
import MetaNetwork

/// Manifests and files of the versions that are served.
struct ModelController {
    let models: ServedModels
    let files: BundleFiles
    /// Whether caches on the way may keep the files.
    let filesArePublic: Bool

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.get("models") { _, _ in try list() }
        group.get("models/:model") { request, context in try await manifest(request, context) }
        for (path, name) in [
            ("device", BundleLayout.device), ("vocabulary", BundleLayout.vocabulary), ("gate", BundleLayout.gate),
            ("switcher", BundleLayout.switcher),
            ("prompt", BundleLayout.prompt), ("basis", BundleLayout.basis),
        ] {
            group.get("models/:model/versions/:version/\(path)") { request, context in
                try await file(name, request, context)
            }
        }
    }

    private func list() throws -> Response {
        struct List: Encodable { let models: [String] }
        return try .json(List(models: models.all.keys.sorted()))
    }

    private func manifest(_ request: Request, _ context: ServerContext) async throws -> Response {
        let held = EntityTags.names(request.headers[.ifNoneMatch])
        let model = try await models.requestedModel(having: held, context)
        guard let version = model.version(for: context.device) else { throw HTTPError(.notFound) }
        let tag = "\"\(version.manifest.version)\""
        var headers: HTTPFields = [.eTag: tag, .cacheControl: "private, no-cache", .vary: WireLabel.header]
        if EntityTags.match(request.headers[.ifNoneMatch], tag) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.responseSignature] = version.manifestSignature(context.label)
        return .bytes(version.manifestBody, "application/json", headers: headers)
    }

    private func file(_ name: String, _ request: Request, _ context: ServerContext) async throws -> Response {
        let version = try await models.requestedVersion(context.parameter("version"), context)
        guard let entry = version.manifest.files[name] else {
            throw ProblemResponse(
                .notFound,
                "file-not-found",
                "this version has no \(name)",
                field: "version",
                fix: "the manifest lists the files of a version; go on without this one"
            )
        }
        let tag = "\"\(entry.sha256)\""
        var headers: HTTPFields = [
            .eTag: tag, .acceptRanges: "bytes", .contentType: "application/octet-stream",
            .cacheControl: "\(filesArePublic ? "public" : "private"), max-age=31536000, immutable",
        ]
        if EntityTags.match(request.headers[.ifNoneMatch], tag) {
            return Response(status: .notModified, headers: headers)
        }
        guard let range = try ByteRange.requested(request, entry.bytes, tag) else {
            let body = try await files.body(name, of: version.id, 0..<entry.bytes, context)
            return Response(status: .ok, headers: headers, body: body)
        }
        headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(entry.bytes)"
        let body = try await files.body(name, of: version.id, range, context)
        return Response(status: .partialContent, headers: headers, body: body)
    }
}

extension HTTPField.Name {
    /// The signature of an answer.
    static let responseSignature: Self = {
        guard let name = Self(ResponseSignature.header) else {
            preconditionFailure("'\(ResponseSignature.header)' is no header name")
        }
        return name
    }()
}
