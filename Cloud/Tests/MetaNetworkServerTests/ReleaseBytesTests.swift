import Crypto
import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetwork
import MetaNetworkClient
import NIOCore
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("What a release costs a device")
struct ReleaseBytesTests {
    private let fixture = ServerFixture()
    private let architecture = Architecture.paperSASRec(width: 32, window: 20, heads: 2)
    private let names = (1...1200).map { "film \($0)" }

    /// A bundle of 1,200 items; `generator` stands for the generator's weights, which no device reads.
    private func bundle(_ generator: String) throws -> BundleContents {
        var random = SeededGenerator(seed: 3)
        var weights = Weights()
        for parameter in try ModelGraph(architecture, itemCount: names.count).parameters {
            let values = (0..<parameter.shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) }
            weights[parameter.name] = try WeightTensor(shape: parameter.shape, values: values)
        }
        var files = [
            BundleLayout.device: Data(try SafeTensors.encode(weights)), BundleLayout.generator: Data(generator.utf8),
            BundleLayout.vocabulary: Data(names.enumerated().map { "\($1)\t\($0 + 1)\n" }.joined().utf8),
        ]
        let manifest = BundleManifest(
            name: "movies",
            architecture: architecture,
            items: names.count,
            generator: .init(form: "plain", window: 20, width: 32, rank: 4),
            files: files.mapValues { data in
                .init(bytes: data.count, sha256: SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined())
            }
        )
        let (sealed, bytes) = try manifest.sealed(
            sha256: { Array(SHA256.hash(data: $0)) },
            encode: { try JSONEncoder().encode($0) }
        )
        files[BundleLayout.manifest] = bytes
        return try BundleContents(manifest: sealed, files: files)
    }

    /// Bytes of answers, with their headers.
    private final class Received: Sendable {
        private let bytes = Mutex(0)
        func add(_ answer: TestResponse) {
            let head = answer.headers.reduce(17) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4 }
            bytes.withLock { $0 += head + answer.body.readableBytes }
        }
        /// What came since this was asked last.
        func take() -> Int {
            bytes.withLock { bytes in
                defer { bytes = 0 }
                return bytes
            }
        }
    }

    private func open(
        _ service: MetaNetworkService,
        _ client: some TestClientProtocol,
        _ received: Received,
        in folder: String
    ) async throws -> PersonalModel {
        let key = try PinnedKey(id: service.key.id, base64: service.key.publicKey)
        var configuration = PersonalModel.Configuration(trust: .keys([key], publishers: []))
        configuration.transport = client.transport { received.add($0) }
        configuration.policy = AnyOf([])
        return try await PersonalModel(
            server: try #require(URL(string: "http://127.0.0.1")),
            model: "movies",
            directory: try fixture.makeFolder().appendingPathComponent(folder),
            configuration: configuration
        )
    }

    @Test(
        "is less than 10 kB where the generator alone is another, and less than half at first in half precision or a byte"
    )
    func bytes() async throws {
        let (first, received) = (try bundle("one"), Received())
        try await fixture.bundles.publish(first)
        let service = try await fixture.service()
        try await service.application().test(.live) { client in
            let model = try await open(service, client, received, in: "phone")
            let whole = received.take()
            #expect(whole > 150_000)
            let before = await model.topItems(10)
            try await fixture.bundles.publish(bundle("another"))
            await service.models.refresh()
            try await model.refresh()
            #expect(await model.version != first.manifest.version)
            #expect(await model.topItems(10) == before)
            let update = received.take()
            #expect(update < 10_000 && update > 0)
            for (precision, share) in [(BasePrecision.f16, 0.56), (.int8, 0.35)] {
                try await fixture.bundles.publish(bundle("one").storing(base: precision))
                await service.models.refresh()
                let small = try await open(service, client, received, in: precision.rawValue)
                let bytes = received.take()
                #expect(Double(bytes) < share * Double(whole), "\(precision)")
                let scores = await small.topItems(names.count)
                let exact = Dictionary(
                    uniqueKeysWithValues: await model.topItems(names.count).map { ($0.id, $0.score) }
                )
                let spread = try #require(exact.values.max()) - #require(exact.values.min())
                let error = try scores.map { abs($0.score - (try #require(exact[$0.id]))) }.max()
                #expect(try #require(error) < spread * (precision == .f16 ? 0.002 : 0.05), "\(precision)")
            }
        }
    }

    @Test(
        "another precision makes another version, of the same weights to its error, and one in single precision the same"
    )
    func versions() throws {
        let bundle = try bundle("one")
        let weights = try #require(bundle.files[BundleLayout.device]).withUnsafeBytes {
            try SafeTensors.decode($0).weights
        }
        #expect(try bundle.storing(base: .f32).manifest == bundle.manifest)
        for precision in [BasePrecision.f16, .int8] {
            let stored = try bundle.storing(base: precision)
            #expect(stored.id.version != bundle.id.version)
            let manifest = try #require(stored.files[BundleLayout.manifest])
            try stored.manifest.check([UInt8](manifest), sha256: { Array(SHA256.hash(data: $0)) })
            let data = try #require(stored.files[BundleLayout.device])
            #expect(stored.manifest.files[BundleLayout.device]?.bytes == data.count)
            let read = try data.withUnsafeBytes { try SafeTensors.decode($0).weights }
            #expect(read.names == weights.names)
            for name in weights.names {
                let pairs = zip(try #require(read[name]).values, try #require(weights[name]).values)
                // Half a unit in the last place of 11 bits, or of 1/127 of the largest value, which is 1.
                #expect(
                    pairs.allSatisfy { abs($0 - $1) <= (precision == .f16 ? 1 / 2048 : 0.5 / 127) * 1.001 },
                    "\(name)"
                )
            }
        }
    }

    @Test("weights that are too large for half precision are named")
    func large() throws {
        var weights = Weights()
        weights["user.bias"] = try WeightTensor(shape: [2], values: [1, 1e6])
        let bundle = try fixture.bundle("v1", device: Data(try SafeTensors.encode(weights)))
        let error = #expect(throws: RegistryError.self) { _ = try bundle.storing(base: .f16) }
        #expect(error?.description.contains("user.bias") == true)
        #expect(throws: RegistryError.self) { _ = try fixture.bundle("v1").storing(base: .int8) }
    }
}
