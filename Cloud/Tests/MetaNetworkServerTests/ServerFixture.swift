import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MetaNetwork
import MetaNetworkWire
import Metrics
import NIOCore
import Testing

@testable import MetaNetworkServer

/// The in-memory twin of a generator: every value is the sum of the samples plus a number of the version.
struct TwinProvider: ParameterProvider {
    let manifest: BundleManifest
    let tensors = [
        GeneratedTensor(name: "user.weight", shape: [2, 3]), GeneratedTensor(name: "user.bias", shape: [3]),
    ]
    let window = 4
    let sampleWidth = 2
    var base: Float = 0
    var takes: TimeInterval = 0
    /// One of a model that is called `apart` reads items by a table of its own.
    var embeddingsFault: String? { manifest.name == "apart" ? "the encoder has a table of its own" : nil }

    /// Values of a code where a bundle has a basis.
    var basisRank = 2
    var codeCount: Int? { manifest.files[BundleLayout.basis] == nil ? nil : basisRank }

    func index(ofItem rawID: String) -> Int32? { Int32(rawID).flatMap { (1...9).contains($0) ? $0 : nil } }

    func generate(_ devices: [DeviceSamples]) throws -> [Float] {
        if takes > 0 { Thread.sleep(forTimeInterval: takes) }
        return devices.flatMap { device -> [Float] in
            let sum =
                switch device {
                case .items(let items): Float(items.reduce(0, +))
                case .embeddings(let values): values.reduce(0, +)
                }
            return [Float](repeating: base + sum, count: 9)
        }
    }
}

/// A registry in memory with bundles whose files are made up, and a loader of twins for them.
final class ServerFixture: Sendable {
    /// For tests whose subject is the disk.
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let bundles = MemoryBundleStore()
    /// The metrics of all tests: a process has one set.
    static let metrics: PrometheusMetrics = {
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        return metrics
    }()

    /// A registry on the disk.
    var folderStore: FolderBundleStore { FolderBundleStore(folder.appendingPathComponent("registry")) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func makeFolder() throws -> URL {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// A bundle with made-up files, `others` among them.
    func bundle(
        _ version: String,
        base: Float = 0,
        items: Int = 9,
        model: String = "movies",
        architecture: Architecture = .paperSASRec(width: 8),
        device: Data = Data("0123456789".utf8),
        others: [String] = [],
        outputs: BundleManifest.Outputs? = nil
    ) throws -> BundleContents {
        var files = ["device.safetensors": device, "vocabulary.tsv": Data("a\t1\n".utf8)]
        for name in others { files[name] = Data(repeating: 7, count: 4096) }
        let manifest = BundleManifest(
            format: 1,
            name: model,
            version: version,
            architecture: architecture,
            items: items,
            outputs: outputs ?? (items == 0 ? .init(kind: .regression, names: ["y"]) : nil),
            generator: nil,
            files: files.mapValues { data in
                BundleManifest.File(
                    bytes: data.count,
                    sha256: SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
                )
            },
            provenance: BundleProvenance(training: ["base": "\(base)"])
        )
        files["manifest.json"] = try JSONEncoder().encode(manifest)
        return try BundleContents(manifest: manifest, files: files)
    }

    /// A device's file that can be read, for services that hold devices out: they say what the base weights are.
    func deviceFile(_ value: Float = 1) throws -> Data {
        var weights = Weights()
        weights["user.weight"] = try WeightTensor(shape: [2, 3], values: [Float](repeating: value, count: 6))
        weights["user.bias"] = try WeightTensor(shape: [3], values: [Float](repeating: value, count: 3))
        return Data(try SafeTensors.encode(weights))
    }

    /// Writes a bundle and returns its folder.
    func bundleFolder(_ version: String) throws -> URL {
        let target = try makeFolder().appendingPathComponent("bundle-\(version)")
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        for (name, data) in try bundle(version).files { try data.write(to: target.appendingPathComponent(name)) }
        return target
    }

    /// Publishes a bundle in memory.
    func publish(_ version: String, base: Float = 0, share: Double? = nil) async throws {
        try await bundles.publish(bundle(version, base: base), share: share)
    }

    /// Loads twins; a bundle whose base is `nan` makes values that are not finite.
    static func load(_ folder: URL, takes: TimeInterval = 0, basisRank: Int = 2) throws -> any ParameterProvider {
        let manifest = try BundleContents(contentsOf: folder).manifest
        // A bundle of somebody else's says nothing of a twin.
        let base = try manifest.provenance?.training["base"].map { try #require(Float($0)) } ?? 0
        return TwinProvider(manifest: manifest, base: base, takes: takes, basisRank: basisRank)
    }

    /// A service whose models were read once.
    func service(
        _ configuration: ServerConfiguration = ServerConfiguration(),
        bundles: (any BundleStore)? = nil,
        events: (any EventStore)? = nil,
        federation: Federation? = nil,
        takes: TimeInterval = 0,
        trial: (any DashboardTrial)? = nil,
        check: (any BundleCheck)? = nil,
        answerers: AnswererLoader? = nil,
        rankings: RankingLoader? = nil
    ) async throws -> MetaNetworkService {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let service = try await MetaNetworkService(
            configuration,
            bundles: bundles ?? self.bundles,
            events: events,
            federation: federation,
            logger: logger,
            metrics: Self.metrics,
            trial: trial,
            check: check,
            loadAnswerer: answerers,
            loadRanking: rankings,
            load: { try Self.load($0, takes: takes) }
        )
        await service.models.refresh()
        return service
    }
}

extension Releases {
    /// What is released, however it came about.
    var now: Releases { Releases(current: current, previous: previous, candidate: candidate) }
}

extension TestClientProtocol {
    func post(_ path: String, _ json: String, token: String? = nil) async throws -> TestResponse {
        var headers: HTTPFields = [.contentType: "application/json"]
        if let token { headers[.authorization] = "Bearer \(token)" }
        return try await execute(uri: path, method: .post, headers: headers, body: ByteBuffer(string: json))
    }
}

extension TestResponse {
    var bytes: [UInt8] { Array(body.readableBytesView) }

    func problem() throws -> Problem { try JSONDecoder().decode(Problem.self, from: Data(bytes)) }
}

/// A request for parameters with a nonce of its own.
func parametersRequest(_ version: String = "v1", _ more: String = #""samples":["1","2"]"#) -> String {
    #"{"version":"\#(version)","nonce":"\#(UUID().uuidString)",\#(more)}"#
}

/// Waits until a condition holds, but not for ever: a test that hangs takes all others with it.
func eventually(within limit: Duration = .seconds(30), _ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else { throw CancellationError() }
        try await Task.sleep(for: .milliseconds(5))
    }
}
