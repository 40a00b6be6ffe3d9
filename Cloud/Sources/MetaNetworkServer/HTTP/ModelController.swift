import Foundation
import HTTPTypes
import Hummingbird
import MetaNetwork
import MetaNetworkWire
import NIOCore

/// Manifests and files of the versions that are served.
struct ModelController {
    let models: ServedModels
    let files: BundleFiles
    /// Whether caches on the way may keep the files.
    let filesArePublic: Bool
    /// Where devices find files by their digests, before they ask here; `nil` where nobody else has them.
    let filesURL: URL?

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.get("models") { _, _ in try list() }
        group.get("models/:model") { request, context in try await manifest(request, context) }
        for name in LoadedVersion.deviceFiles {
            let path = name.prefix { $0 != "." }
            group.get("models/:model/versions/:version/\(path)") { request, context in
                let version = try await models.requestedVersion(context.parameter("version"), context)
                return try await file(name, of: version, request, context)
            }
        }
    }

    /// Files by what they contain, whichever model and version has them: what caches and content networks fetch.
    func addContents(to group: RouterGroup<ServerContext>) {
        group.get("files/:sha256") { request, context in
            guard let (version, name) = models.file(ofDigest: context.parameter("sha256")) else {
                var problem = ProblemResponse(
                    .notFound,
                    "file-not-found",
                    "no version that is served has a file with this digest",
                    field: "sha256",
                    fix: "use the sha256 of a file in the manifest of GET /v1/models/{model}"
                )
                // It may be released the next moment, and would be kept for ever then.
                problem.headers[.cacheControl] = "no-store"
                throw problem
            }
            return try await file(name, of: version, request, context)
        }
    }

    private func list() throws -> Response {
        struct List: Encodable { let models: [String] }
        return try .json(List(models: models.all.keys.sorted()))
    }

    private func manifest(_ request: Request, _ context: ServerContext) async throws -> Response {
        let held = EntityTags.names(request.headers[.ifNoneMatch])
        let model = try await models.requestedModel(having: held, context)
        guard let version = model.version(for: context.device, having: held) else { throw HTTPError(.notFound) }
        let tag = "\"\(version.manifest.version)\""
        var headers: HTTPFields = [
            .eTag: tag, .cacheControl: "private, no-cache", .contentType: "application/json",
            .vary: "\(WireLabel.header), Accept-Encoding",
        ]
        // With the word that nothing has changed, too: a device takes it from nobody but its publisher.
        headers[.release] = model.statements[version.id.version]?.headerValue
        let compressed = compressed(version.compressedManifest, request, &headers)
        if EntityTags.match(request.headers[.ifNoneMatch], tag) { return Self.notModified(headers) }
        headers[.responseSignature] = version.manifestSignature(context.label)
        if let filesURL { headers[.filesAddress] = filesURL.absoluteString }
        return Response(
            status: .ok,
            headers: headers,
            body: compressed ?? ResponseBody(byteBuffer: ByteBuffer(bytes: version.manifestBody))
        )
    }

    /// A body as gzip, where there is one and the client reads it, with its headers.
    ///
    /// - Parameter headers: Those of the body itself, of which some are changed.
    private func compressed(
        _ body: CompressedBody?,
        _ request: Request,
        _ headers: inout HTTPFields
    ) -> ResponseBody? {
        guard let body, ContentCoding.acceptsGzip(request.headers[.acceptEncoding]) else { return nil }
        headers[.contentEncoding] = ContentCoding.gzip
        headers[.eTag] = headers[.eTag].map(ContentCoding.gzipTag)
        return ResponseBody(byteBuffer: body.bytes)
    }

    /// The answer to a client that has the body already.
    private static func notModified(_ headers: HTTPFields) -> Response {
        var headers = headers
        headers[.contentEncoding] = nil
        return Response(status: .notModified, headers: headers)
    }

    private func file(
        _ name: String,
        of version: LoadedVersion,
        _ request: Request,
        _ context: ServerContext
    ) async throws -> Response {
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
            .vary: "Accept-Encoding",
        ]
        // Parts are counted in the bytes of the file.
        let packed = request.headers[.range] == nil ? version.compressedFiles[name] : nil
        let compressed = compressed(packed, request, &headers)
        if EntityTags.match(request.headers[.ifNoneMatch], tag) { return Self.notModified(headers) }
        if let compressed { return Response(status: .ok, headers: headers, body: compressed) }
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
    /// Where a device finds the files of a manifest by their digests.
    static let filesAddress: Self = {
        guard let name = Self(FilesAddress.header) else {
            preconditionFailure("'\(FilesAddress.header)' is no header name")
        }
        return name
    }()

    /// What a publisher says of a version.
    static let release: Self = {
        guard let name = Self(ReleaseStatement.header) else {
            preconditionFailure("'\(ReleaseStatement.header)' is no header name")
        }
        return name
    }()

    /// The signature of an answer.
    static let responseSignature: Self = {
        guard let name = Self(ResponseSignature.header) else {
            preconditionFailure("'\(ResponseSignature.header)' is no header name")
        }
        return name
    }()
}
