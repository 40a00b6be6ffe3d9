import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkServer
import MetaNetworkWire
import Testing

@testable import metanetwork
@testable import MetaNetworkServing

/// The bundles that the release published (Tests/Golden) must load for ever, and mean the same.
@Suite("Bundles of a release")
struct GoldenGenerationTests {
    private static let golden = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../Tests/Golden")
        .standardized

    @Test(
        "generate the weights that the release answered with, of ids and of embeddings",
        arguments: ["ids", "embeddings"],
        [Engine.libTorch, .device, .faster]
    )
    func weights(how: String, engine: Engine) throws {
        struct Exchange: Decodable {
            struct Request: Decodable { let text: String }
            let request: Request
        }
        let wire = Self.golden.appendingPathComponent("wire")
        let exchange = try JSONDecoder().decode(
            Exchange.self,
            from: Data(contentsOf: wire.appendingPathComponent("parameters-\(how)-f32.json"))
        )
        let request = try JSONDecoder().decode(ParametersRequest.self, from: Data(exchange.request.text.utf8))
        let provider = try engine.provider(Self.bundle(request.version))
        let samples: DeviceSamples =
            if let ids = request.samples {
                .items(try ids.map { try #require(provider.index(ofItem: $0)) })
            } else {
                .embeddings(try #require(request.embeddings).flatMap(\.self))
            }
        #expect(["LibTorch", "device runtime"].contains(provider.engine))
        let values = try provider.generate([samples])
        let answer = try Data(contentsOf: wire.appendingPathComponent("parameters-\(how)-f32.response.bin"))
        let (recorded, _) = try SafeTensors.decode([UInt8](answer))
        var start = 0
        for tensor in provider.tensors {
            let expected = try #require(recorded[tensor.name])
            #expect(expected.shape == tensor.shape)
            for (value, then) in zip(values[start..<start + tensor.count], expected.values) {
                #expect(abs(value - then) < 1e-5, "\(tensor.name)")
            }
            start += tensor.count
        }
        #expect(start == values.count && start > 0)
    }

    @Test(
        "load whole: the current, the previous and the candidate one",
        arguments: [Engine.libTorch, .device, .faster]
    )
    func loading(engine: Engine) throws {
        let registry = FolderBundleStore(Self.golden.appendingPathComponent("registry"))
        for version in try registry.releases(of: "movies").versions {
            let provider = try engine.provider(Self.bundle(version))
            #expect(provider.manifest.version == version && provider.index(ofItem: "film-120") != nil)
        }
    }

    /// What runs a bundle's generator.
    enum Engine: Sendable {
        case libTorch
        case device
        case faster

        func provider(_ bundle: ModelBundle) throws -> any ParameterProvider {
            switch self {
            case .libTorch: try TorchProvider(bundle)
            case .device: try DeviceProvider(bundle, threads: 2)
            case .faster: try FasterProvider.choose(bundle, threads: 1)
            }
        }
    }

    private static func bundle(_ version: String) throws -> ModelBundle {
        let registry = FolderBundleStore(golden.appendingPathComponent("registry"))
        let manifest = registry.localFile(BundleLayout.manifest, of: BundleID(model: "movies", version: version))
        return try ModelBundle(contentsOf: #require(manifest).deletingLastPathComponent())
    }
}
