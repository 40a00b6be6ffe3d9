import Crypto
import Foundation
import MetaNetwork

@testable import MetaNetworkClient

/// One file that is fetched into a folder of its own, below the model and its manifest.
struct Download: ~Copyable {
    let content: Data
    let folder: ModelFolder
    let manifest: BundleManifest
    static let digest = String(repeating: "d", count: 64)
    private let root = FileManager.default.temporaryDirectory.appendingPathComponent("download-\(UUID().uuidString)")

    /// - Parameter bytes: Bytes of the file, which are drawn from a seed.
    init(bytes: Int) throws {
        var random = SeededGenerator(state: 11)
        content = Data((0..<bytes).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        folder = ModelFolder(directory: root, model: TestBundle.model, limits: Limits())
        try folder.prepare()
        var manifest = try TestBundle().manifest
        manifest.files["device.safetensors"] = .init(bytes: bytes, sha256: SHA256.hexadecimal(of: content))
        self.manifest = manifest
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func service(_ transport: any Transport, at server: String = "https://service.test") throws -> CloudService {
        guard let url = URL(string: server) else { throw ClientError.insecureServer(server) }
        return CloudService(
            try ServiceAddress(url, model: TestBundle.model, trust: .unsigned, credentials: .none),
            transport: transport,
            tokens: TokenSource(.none, folder),
            limits: Limits(),
            time: ManualTime()
        )
    }

    /// The folder that it is fetched into, as after a restart of the app.
    func place() throws -> FetchFolder {
        guard
            let place = try folder.folderForFetching(
                Self.digest,
                [.device, .vocabulary],
                manifest: Data(),
                ifStill: nil
            )
        else {
            throw ClientError.storage(reason: "the version is there already")
        }
        return place
    }

    /// Fetches the file once.
    func fetch(_ service: CloudService, tell: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        try await service.fetch(.device, of: manifest, at: nil, isFirst: true, into: try place(), tell: tell)
    }

    /// What lies in the folder, by name.
    func files() throws -> [String: Data] {
        let place = try place().root
        let names = try FileManager.default.contentsOfDirectory(atPath: place.path).filter { $0 != "manifest.json" }
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: place.appendingPathComponent($0))) }
        )
    }
}

/// Values that come from any thread.
///
/// It is safe to send: `lock` is held wherever the values are touched.
final class Collected<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var collected: [Value] = []

    var values: [Value] { lock.withLock { collected } }
    func append(_ value: Value) { lock.withLock { collected.append(value) } }
}
