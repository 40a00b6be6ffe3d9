import Foundation
import MetaNetwork
import MetaNetworkServer
import Testing

@testable import metanetwork

/// The bundles that the release published (Tests/Golden) must load for ever, and mean the same.
@Suite("Bundles of a release")
struct GoldenGenerationTests {
    private static let golden = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../Tests/Golden")
        .standardized

    @Test(
        "generate the weights that the release answered with, of ids and of embeddings",
        arguments: ["ids", "embeddings"]
    )
    func weights(how: String) throws {
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
        let provider = try Self.provider(request.version)
        let samples: DeviceSamples =
            if let ids = request.samples {
                .items(try ids.map { try #require(provider.index(ofItem: $0)) })
            } else {
                .embeddings(try #require(request.embeddings).flatMap(\.self))
            }
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

    @Test("load whole: the current, the previous and the candidate one")
    func loading() throws {
        let registry = FolderBundleStore(Self.golden.appendingPathComponent("registry"))
        for version in try registry.releases(of: "movies").versions {
            let provider = try Self.provider(version)
            #expect(provider.manifest.version == version && provider.index(ofItem: "film-120") != nil)
        }
    }

    private static func provider(_ version: String) throws -> TorchProvider {
        let registry = FolderBundleStore(golden.appendingPathComponent("registry"))
        let manifest = registry.localFile(BundleLayout.manifest, of: BundleID(model: "movies", version: version))
        return try TorchProvider(#require(manifest).deletingLastPathComponent())
    }
}
