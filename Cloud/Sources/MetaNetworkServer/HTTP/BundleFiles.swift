import Foundation
import Hummingbird
import HummingbirdCore
import NIOCore

/// The files of stored bundles as bodies of answers: streamed where they lie on this machine's disk, read at once where they do not.
struct BundleFiles: Sendable {
    private let bundles: any BundleStore
    private let disk = FileIO()

    /// Bytes that are read at once. Several such pieces of each open answer lie in memory: half a megabyte in all, where Hummingbird's own
    /// size needs three times as much and is no faster (`Benchmarks/downloads`).
    private static let piece = 32 * 1024

    init(_ bundles: any BundleStore) { self.bundles = bundles }

    /// A part of a file.
    ///
    /// - Parameters:
    ///   - file: Its name.
    ///   - bundle: The bundle.
    ///   - range: The bytes to send; inside the file.
    ///   - context: The request's.
    func body(
        _ file: String,
        of bundle: BundleID,
        _ range: Range<Int>,
        _ context: ServerContext
    ) async throws -> ResponseBody {
        guard let last = range.last else { return ResponseBody() }
        if let local = bundles.localFile(file, of: bundle) {
            do {
                return try await disk.loadFile(
                    path: local.path,
                    range: range.lowerBound...last,
                    context: context,
                    chunkLength: Self.piece
                )
            } catch {
                // Not a mistake of the client, as Hummingbird's own error would say.
                throw RegistryError("the file \(local.path) cannot be read: \(error); publish the bundle again")
            }
        }
        let bytes = try await bundles.read(file, of: bundle, range: range)
        return ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
    }
}
