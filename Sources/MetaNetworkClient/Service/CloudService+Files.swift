import Crypto
import Foundation
import MetaNetwork

extension CloudService {
    /// Fetches a file of a version, and goes on where an earlier try was cut off: of this call, or of one before the app was ended.
    ///
    /// - Parameters:
    ///   - file: Which one.
    ///   - manifest: The version's manifest, which says how large the file is and what its digest is.
    ///   - files: Where files are by their digests, besides the service. It is asked first, once and without a token; what does not come from
    ///     there, or has another digest, comes from the service.
    ///   - isFirst: Whether there is no version on the device yet.
    ///   - folder: Receives the file; it stays as it is where no usable answer comes.
    ///   - tell: Told how many bytes of the file there are.
    /// - Throws: ``ClientError/unreachable(reason:)`` where it was cut off; ``ClientError/constrainedNetwork`` where it may not use the
    ///   network, and what came before stays; ``ClientError/untrusted(what:reason:)`` where its digest is
    ///   wrong, for the second time where it had been begun before.
    func fetch(
        _ file: BundleFile,
        of manifest: BundleManifest,
        at files: URL?,
        isFirst: Bool,
        into folder: FetchFolder,
        tell: @escaping @Sendable (Int) -> Void
    ) async throws {
        let entry = try file.entry(in: manifest)
        var attempt = FileAttempt(files: files)
        while !folder.isWhole(file) {
            let part = try folder.part(of: file, entry, tell: tell)
            do {
                if part.isComplete {
                    try folder.finish(file, entry)
                } else {
                    try attempt.count()
                    try await receive(part, file, entry, manifest.version, attempt, isFirst)
                }
            } catch {
                try attempt.goOn(after: error, part)
            }
        }
        tell(entry.bytes)
    }

    /// Asks for what is missing of a file, or for the whole.
    private func receive(
        _ part: PartialFile,
        _ file: BundleFile,
        _ entry: BundleManifest.File,
        _ version: String,
        _ attempt: FileAttempt,
        _ isFirst: Bool
    ) async throws {
        var request = fileRequest(file, entry, version, at: attempt.files, isFirst, part)
        if attempt.mayResume, let resumption = part.resumption {
            // Parts are counted in the bytes of the file and not of a compressed form.
            request.headers["Accept-Encoding"] = "identity"
            request.headers["Range"] = resumption.range
            request.headers["If-Range"] = resumption.tag
        }
        let response = try await attempt.files == nil ? send(request) : exchange(request)
        switch response.status {
        case 200, 206:
            guard part.isFinished else {
                throw ClientError.unreachable(reason: "the answer ended before \(file.name) did")
            }
        case 416 where request.headers["Range"] != nil:
            throw ClientError.unusable(what: "the part of \(file.name)", reason: "there is none from \(part.size) on")
        default: throw refusal(response)
        }
    }

    /// Fetches a file of a version into memory.
    func fetch(
        _ file: BundleFile,
        of manifest: BundleManifest,
        at files: URL?,
        isFirst: Bool,
        tell: @escaping @Sendable (Int) -> Void
    ) async throws -> Data {
        let entry = try file.entry(in: manifest)
        if let files {
            let memory = MemoryFile(tell: tell)
            let response = try? await exchange(fileRequest(file, entry, manifest.version, at: files, isFirst, memory))
            let found = memory.contents
            if response?.status == 200, found.count == entry.bytes, SHA256.hexadecimal(of: found) == entry.sha256 {
                return found
            }
            try Task.checkCancellation()
        }
        let memory = MemoryFile(tell: tell)
        let response = try await send(fileRequest(file, entry, manifest.version, at: nil, isFirst, memory))
        guard response.status == 200 else { throw refusal(response) }
        return memory.contents
    }

    private func fileRequest(
        _ file: BundleFile,
        _ entry: BundleManifest.File,
        _ version: String,
        at files: URL?,
        _ isFirst: Bool,
        _ sink: any TransportSink
    ) -> TransportRequest {
        TransportRequest(
            method: "GET",
            url: files?.appendingPathComponent(entry.sha256) ?? address.file(file, version: version),
            // An error's text must be readable too, however small the file.
            limit: max(entry.bytes, Self.smallAnswer),
            sink: sink,
            timeout: Self.timeout,
            allowsConstrainedNetwork: downloads.allow(first: isFirst)
        )
    }
}

/// What may still be tried to get a file.
private struct FileAttempt {
    /// Where the file is asked for before the service is.
    private(set) var files: URL?
    /// Times that a file is asked for in a row.
    private var requests = 16
    /// Whether parts are asked for.
    private(set) var mayResume = true
    private var mayBeginAnew = true

    init(files: URL?) { self.files = files }

    /// Counts a request.
    ///
    /// - Throws: ``ClientError/unreachable(reason:)`` where there were too many.
    mutating func count() throws(ClientError) {
        guard requests > 0 else { throw .unreachable(reason: "the connection broke again and again") }
        requests -= 1
    }

    /// Goes on after an error where there is something left to try.
    ///
    /// - Throws: The error.
    mutating func goOn(after error: any Error, _ part: PartialFile) throws {
        switch error {
        case ClientError.storage, ClientError.constrainedNetwork, is CancellationError: throw error
        case _ where files != nil:
            files = nil  // whatever is wrong there, the service has the file
        case ClientError.untrusted where mayBeginAnew:
            mayBeginAnew = false
        case ClientError.unusable where mayResume && part.resumption != nil:
            mayResume = false  // what lies between cannot tell parts; it may have the whole
        case ClientError.unreachable where part.hasChanged && requests > 0:
            break
        default: throw error
        }
    }
}
