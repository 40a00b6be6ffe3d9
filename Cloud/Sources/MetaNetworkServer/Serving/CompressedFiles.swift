import Crypto
import Foundation
import MetaNetwork
import MetaNetworkGzip
import NIOCore
import Synchronization

/// Bytes as gzip, for clients that ask for it.
final class CompressedBody: Sendable {
    let bytes: ByteBuffer

    /// Packs bytes that lie in memory.
    ///
    /// - Returns: `nil` where it saves too little; see ``CompressedFiles/pays(_:of:)``.
    convenience init?(of body: [UInt8]) {
        let packed = Deflater().pack(body, isLast: true)
        guard CompressedFiles.pays(packed.count, of: body.count) else { return nil }
        self.init(ByteBuffer(bytes: packed))
    }

    fileprivate init(_ bytes: ByteBuffer) { self.bytes = bytes }
}

/// The files of the versions that are served, as gzip: packed when a version is loaded, once for each digest, and kept in memory as long
/// as a version has them.
final class CompressedFiles: Sendable {
    private struct Kept {
        weak var body: CompressedBody?
    }

    private let kept = Mutex<[String: Kept]>([:])

    /// Bytes of gzip that are kept of one file; a larger one is sent as it is, from the disk.
    private static let limit = 16 << 20
    private static let pieceSize = 1 << 20

    /// Whether fewer bytes are worth that both sides pack and unpack them: a twentieth less.
    static func pays(_ packed: Int, of bytes: Int) -> Bool { packed <= bytes - bytes / 20 && packed < bytes }

    /// The files of a version that are worth packing, by name.
    ///
    /// - Parameters:
    ///   - manifest: The version's.
    ///   - folder: Where its files lie.
    func bodies(of manifest: BundleManifest, in folder: URL) -> [String: CompressedBody] {
        var bodies: [String: CompressedBody] = [:]
        for name in LoadedVersion.deviceFiles {
            guard let entry = manifest.files[name] else { continue }
            bodies[name] = body(of: folder.appendingPathComponent(name), entry)
        }
        return bodies
    }

    private func body(of file: URL, _ entry: BundleManifest.File) -> CompressedBody? {
        if let known = kept.withLock({ $0[entry.sha256]?.body }) { return known }
        guard let packed = Self.packed(file, entry) else { return nil }
        return kept.withLock { kept in
            // Another version with the same file may have been loaded meanwhile.
            if let known = kept[entry.sha256]?.body { return known }
            let body = CompressedBody(packed)
            kept = kept.filter { $0.value.body != nil }
            kept[entry.sha256] = Kept(body: body)
            return body
        }
    }

    /// - Returns: `nil` where packing saves too little, or the file is too large, cannot be read, or is not the manifest's: whoever asks for
    ///   it is told why.
    private static func packed(_ file: URL, _ entry: BundleManifest.File) -> ByteBuffer? {
        guard entry.bytes > 0, let handle = try? FileHandle(forReadingFrom: file) else { return nil }
        defer { try? handle.close() }
        let deflater = Deflater()
        var (digest, packed, count) = (SHA256(), ByteBuffer(), 0)
        while count < entry.bytes {
            guard let piece = try? handle.read(upToCount: pieceSize), !piece.isEmpty else { return nil }
            count += piece.count
            digest.update(data: piece)
            packed.writeBytes(deflater.pack([UInt8](piece), isLast: count >= entry.bytes))
            guard packed.readableBytes <= limit else { return nil }
        }
        let isRight =
            count == entry.bytes && digest.finalize().hexadecimalDigits == entry.sha256
        return isRight && pays(packed.readableBytes, of: count) ? packed : nil
    }
}
