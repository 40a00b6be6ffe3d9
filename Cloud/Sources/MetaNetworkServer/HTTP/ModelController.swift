import Foundation
import HTTPTypes
import Hummingbird
import MetaNetwork
import NIOCore

/// Manifests and files of the versions that are served.
struct ModelController {
    let models: ServedModels

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.get("models") { _, _ in try list() }
        group.get("models/:model") { request, context in try manifest(request, context) }
        for (path, name) in [("device", "device.safetensors"), ("vocabulary", "vocabulary.tsv")] {
            group.get("models/:model/versions/:version/\(path)") { request, context in
                // Files may be large; the event loop has other connections to see to.
                try await withTaskExecutorPreference(globalConcurrentExecutor) { try file(name, request, context) }
            }
        }
    }

    /// A model by the name in the path, or a problem.
    static func model(_ models: ServedModels, _ context: ServerContext) throws -> ServedModels.Model {
        let name = context.parameters.get("model") ?? ""
        guard let model = models.model(name) else {
            throw ProblemResponse(
                .notFound,
                "model-not-found",
                "there is no model '\(name)'",
                field: "model",
                fix: "GET /v1/models lists them"
            )
        }
        return model
    }

    /// A version of a model, or a problem that names the current one.
    static func version(_ version: String, of model: ServedModels.Model, for device: String) throws -> LoadedVersion {
        if let loaded = model.versions[version] { return loaded }
        throw ProblemResponse(
            .conflict,
            "version-gone",
            "version '\(version.prefix(80))' is not served",
            field: "version",
            fix: "fetch the current version's files and ask again",
            currentVersion: model.version(for: device)?.manifest.version
        )
    }

    private func list() throws -> Response {
        struct List: Encodable { let models: [String] }
        let body = try JSONEncoder().encode(List(models: models.all.keys.sorted()))
        return Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: body))
        )
    }

    private func manifest(_ request: Request, _ context: ServerContext) throws -> Response {
        let model = try Self.model(models, context)
        guard let version = model.version(for: context.device) else { throw HTTPError(.notFound) }
        let tag = "\"\(version.manifest.version)\""
        var headers: HTTPFields = [.eTag: tag, .cacheControl: "private, no-cache"]
        if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = "application/json"
        if let name = HTTPField.Name(ResponseSignature.header) { headers[name] = version.manifestSignature }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: version.manifestBody)))
    }

    private func file(_ name: String, _ request: Request, _ context: ServerContext) throws -> Response {
        let model = try Self.model(models, context)
        let version = try Self.version(context.parameters.get("version") ?? "", of: model, for: context.device)
        guard let entry = version.manifest.files[name] else { throw HTTPError(.notFound) }
        let tag = "\"\(entry.sha256)\""
        var headers: HTTPFields = [
            .eTag: tag, .acceptRanges: "bytes", .cacheControl: "public, max-age=31536000, immutable",
            .contentType: "application/octet-stream",
        ]
        if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
        let range = try Self.range(request, entry.bytes)
        if let range { headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(entry.bytes)" }
        let handle = try FileHandle(forReadingFrom: version.folder.appendingPathComponent(name))
        defer { try? handle.close() }
        try handle.seek(toOffset: UInt64(range?.lowerBound ?? 0))
        let data = try handle.read(upToCount: range?.count ?? entry.bytes) ?? Data()
        return Response(
            status: range == nil ? .ok : .partialContent,
            headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: data))
        )
    }

    /// The one range that was asked for; `nil` for the whole file.
    private static func range(_ request: Request, _ size: Int) throws -> Range<Int>? {
        guard let header = request.headers[.range] else { return nil }
        let parts = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard header.hasPrefix("bytes="), parts.count == 2 else { return nil }
        let (first, last) = (Int(parts[0]), Int(parts[1]))
        let range: (Int, Int)? =
            switch (first, last) {
            case (let first?, let last?): (first, min(last, size - 1))
            case (let first?, nil) where parts[1].isEmpty: (first, size - 1)
            case (nil, let suffix?) where parts[0].isEmpty && suffix > 0: (max(0, size - suffix), size - 1)
            default: nil
            }
        guard let (low, high) = range, low >= 0, low <= high else {
            throw ProblemResponse(
                .rangeNotSatisfiable,
                "bad-range",
                "the range '\(header.prefix(40))' lies outside the \(size) bytes",
                field: "Range",
                fix: "ask for bytes=FIRST-LAST"
            )
        }
        return low..<high + 1
    }
}
