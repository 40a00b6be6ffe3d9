import Crypto
import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetwork
import MetaNetworkClient
import MetaNetworkDevice
import MetaNetworkWire
import NIOCore
import Testing

@testable import MetaNetworkServer

@Suite("A device that shares inputs with its service")
struct DeviceInputTests {
    private let fixture = ServerFixture()
    private let appKey = "0123456789abcdef"
    private let architecture = Architecture(
        name: "gestures",
        inputs: [.vector("reading", width: 3)],
        nodes: [
            .init("features", .dense(units: 4, activation: .tanh), "reading"),
            .init("logits", .dense(units: 2, dynamic: true), "features"),
        ],
        output: "logits",
        sample: "features"
    )

    /// A version that a device can run.
    private func bundle(_ weights: Weights) throws -> BundleContents {
        var files = [
            "device.safetensors": Data(try SafeTensors.encode(weights)), "vocabulary.tsv": Data(),
        ]
        let manifest = BundleManifest(
            name: "gestures",
            architecture: architecture,
            items: 0,
            outputs: .init(kind: .classification, names: ["rest", "wave"]),
            generator: nil,
            files: files.mapValues { data in
                .init(bytes: data.count, sha256: SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined())
            }
        )
        let (sealed, bytes) = try manifest.sealed(
            sha256: { Array(SHA256.hash(data: $0)) },
            encode: { try JSONEncoder().encode($0) }
        )
        files["manifest.json"] = bytes
        return try BundleContents(manifest: sealed, files: files)
    }

    private func weights() throws -> Weights {
        var random = TestGenerator(state: 3)
        var weights = Weights()
        for parameter in try ModelGraph(architecture).parameters {
            let values = (0..<parameter.shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) }
            weights[parameter.name] = try WeightTensor(shape: parameter.shape, values: values)
        }
        return weights
    }

    @Test("has those of 40 stored that its model is least sure of, and deleted when its user wants to be forgotten")
    func share() async throws {
        let weights = try weights()
        try await fixture.bundles.publish(bundle(weights), share: nil)
        let store = try SQLiteEventStore(fixture.makeFolder().appendingPathComponent("events.sqlite"))
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(appKeys: [appKey], secret: [UInt8](repeating: 1, count: 32))
        var random = TestGenerator(state: 5)
        let inputs = (0..<40).map { _ in (0..<3).map { _ in Float(Int.random(in: -64...64, using: &random)) / 32 } }
        var device = try DeviceModel(architecture, weights: weights)
        let doubts = try inputs.map { try device.uncertainty(of: $0) }
        try await fixture.service(configuration, events: store).application().test(.router) { client in
            var settings = PersonalModel.Configuration(trust: .unsigned)
            settings.credentials = .appKey(appKey)
            settings.transport = client.transport()
            settings.sharesInputs = .init()
            let model = try await PersonalModel(
                server: try #require(URL(string: "http://127.0.0.1")),
                model: "gestures",
                directory: fixture.folder.appendingPathComponent("device"),
                configuration: settings
            )
            for input in inputs { await model.record(input) }
            await model.waitUntilIdle()
            let stored = try store.inputs(of: "gestures", after: 0, limit: 100)
            let expected = inputs.indices.sorted { doubts[$0] > doubts[$1] }.prefix(8).sorted()
            #expect(stored.map { InputText.values(of: $0.text) } == expected.map { inputs[$0] })
            #expect(stored.map(\.uncertainty) == expected.map { doubts[$0] })
            #expect(Set(stored.map(\.device)).count == 1 && stored.first?.device.isEmpty == false)
            try await model.forget()
            await model.waitUntilIdle()
            #expect(try store.count() == 0)
        }
    }
}

/// A seeded source of random numbers (SplitMix64), the same on every platform.
private struct TestGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
