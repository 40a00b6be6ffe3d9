import Foundation
import MetaNetwork
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkBundles
@testable import MetaNetworkModels
@testable import MetaNetworkPublishing
@testable import MetaNetworkTraining

/// `Fixtures/recbole`: a model of RecBole's own class, and what it scores; `Fixtures/sasrec`: the same of a class with the structure of
/// pmixer/SASRec.pytorch.
@Suite("Importing a model that was trained elsewhere")
struct ImportTests {
    private struct Scores: Decodable {
        let histories: [[Int]]
        let scores: [[Float]]
    }

    private static func url(_ name: String, of model: String = "sasrec") throws -> URL {
        try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(model)/\(name)")
    }

    private static func decoded<Value: Decodable>(
        _ name: String,
        of model: String = "sasrec",
        _ type: Value.Type = Value.self
    ) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: url(name, of: model)))
    }

    private func imported(
        _ model: String = "sasrec",
        names change: (inout [String: Any]) -> Void = { _ in },
        architecture adapt: (inout Architecture) -> Void = { _ in },
        items: Int = 20
    ) throws -> (manifest: BundleManifest, files: [String: Data], unused: [String]) {
        let text = try Data(contentsOf: Self.url("names.json", of: model))
        var names = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        change(&names)
        let map = try JSONDecoder().decode(TensorMap.self, from: JSONSerialization.data(withJSONObject: names))
        var architecture: Architecture = try Self.decoded("architecture.json", of: model)
        adapt(&architecture)
        return try ModelBundle.imported(
            Self.url("sasrec.safetensors", of: model),
            map,
            as: architecture,
            itemNames: (1...items).map { "film-\($0)" },
            outputs: nil,
            name: "elsewhere"
        )
    }

    /// The largest difference of what a device and the cloud score from what PyTorch scores, as a part of the largest score.
    private func difference(_ files: [String: Data], from model: String) throws -> Float {
        let bundle = try ModelBundle(files: files)
        let expected: Scores = try Self.decoded("scores.json", of: model)
        var device = try bundle.deviceModel()
        let network = try bundle.trainedModel().model.network
        var largest: Float = 0
        for (history, scores) in zip(expected.histories, expected.scores) {
            let scale = try #require(scores.map(abs).max())
            var mine: [Float] = []
            device.score(history: history, candidates: Array(1...20), into: &mine)
            let items = history.map(Int32.init)
            let read = try HistoryBatch(items: items, spans: [0..<items.count], window: 6)
            let shared = try network.shared(read, CandidateBatch(shared: Array(1...20)))
            let cloud = try network.logits(shared, GlobalLayers(parameters: network.parameters)).floats()
            #expect(mine.count == scores.count && cloud.count == scores.count)
            #expect(!(mine + cloud).contains { !$0.isFinite })
            largest = zip(mine + cloud, scores + scores).reduce(largest) { max($0, abs($1.0 - $1.1) / scale) }
        }
        return largest
    }

    @Test(
        "a SASRec of two blocks of two heads scores what it scores in PyTorch, to 1e-5, on a device and in the cloud",
        arguments: ["recbole", "sasrec"]
    )
    func sasrec(model: String) throws {
        let (manifest, files, unused) = try imported(model)
        #expect(manifest.items == 20 && manifest.generator == nil)
        // A key's bias moves all scores of a row alike.
        #expect(unused.allSatisfy { $0.hasSuffix("key.bias") } && unused.count == (model == "recbole" ? 2 : 0))
        let bundle = try ModelBundle(files: files)
        #expect(bundle.provenance.training[ModelBundle.importedFrom] == "sasrec.safetensors")
        #expect(try difference(files, from: model) < 1e-5)
        // With another epsilon it is another model.
        let usual = try imported(
            model,
            architecture: { architecture in
                for (place, node) in architecture.nodes.enumerated() where node.operation.name == "layerNorm" {
                    architecture.nodes[place].operation = .layerNorm()
                }
            }
        )
        #expect(usual.manifest.version != manifest.version)
        #expect(try difference(usual.files, from: model) > 1e-4)
    }

    @Test("an imported bundle has a model card, which says that it was trained elsewhere")
    func card() throws {
        let card = try #require(try imported("recbole").files[BundleLayout.card])
        let text = String(decoding: card, as: UTF8.self)
        #expect(text.contains("It was trained elsewhere, and imported from `sasrec.safetensors`"))
        #expect(text.contains("an order of 20 items") && text.contains("Nothing was measured."))
    }

    @Test("what is missing, superfluous or of another shape is named, and what is not used is told")
    func faults() throws {
        func fault(items: Int = 20, _ change: (inout [String: Any]) -> Void) -> String {
            let error = #expect(throws: BundleError.self) { try imported(names: change, items: items) }
            return error?.description ?? ""
        }
        let shape = fault { $0["hidden 0.weight"] = ["from": "pos_emb.weight", "transpose": true] as [String: Any] }
        #expect(
            shape.contains(
                "'hidden 0.weight' has shape [8, 7] as made of 'pos_emb.weight', and the architecture needs [8, 8]"
            )
        )
        let fewer = fault(items: 19) { _ in }
        #expect(fewer.contains("'history items.embedding' has shape [21, 8]") && fewer.contains("needs [20, 8]"))
        #expect(
            fault { $0["user.scale"] = nil }.contains("'user.scale' is to be made of 'user.scale', and the file has no")
        )
        #expect(fault { $0["user.scale"] = "gone" }.contains("'user.scale' is to be made of 'gone'"))
        #expect(fault { $0["users.scale"] = "gone" }.contains("the map has 'users.scale', and the architecture has no"))
        let rows = fault { $0["user.bias"] = ["from": "last_layernorm.bias", "rows": [4, 12]] as [String: Any] }
        #expect(rows.contains("rows 4..<12 of 'last_layernorm.bias', which has 8"))
        let vector = fault { $0["user.bias"] = ["from": "last_layernorm.bias", "transpose": true] as [String: Any] }
        #expect(vector.contains("'last_layernorm.bias' is a vector"))
        let sum = fault {
            $0["user.bias"] = ["from": "last_layernorm.bias", "plus": ["item_emb.weight"]] as [String: Any]
        }
        #expect(sum.contains("of shape [8] and 'item_emb.weight' of shape [21, 8] cannot be added"))
        let product = fault {
            $0["user.bias"] = ["from": "last_layernorm.bias", "times": ["item_emb.weight"]] as [String: Any]
        }
        #expect(product.contains("cannot be multiplied"))
        for entry in [["from": "x", "rows": [3, 3]], ["from": "x", "row": [1, 2]], ["rows": [1, 2]]] as [[String: Any]]
        {
            #expect(throws: DecodingError.self) { try imported(names: { $0["user.bias"] = entry }) }
        }
        let unused = try imported(names: { $0["user.scale"] = "attention_layernorms.0.weight" }).unused
        #expect(unused == ["last_layernorm.weight"])
    }

    @Test("a tensor without values is told, and nothing is made of it")
    func empty() throws {
        let graph = try ModelGraph(Self.decoded("architecture.json"), itemCount: 20)
        var source = Weights()
        source["nothing"] = try WeightTensor(shape: [3, 0], values: [])
        let name = try #require(graph.parameters.first?.name)
        let text = #"{"\#(name)": {"from": "nothing", "reverse": true}}"#
        let map = try JSONDecoder().decode(TensorMap.self, from: Data(text.utf8))
        let error = #expect(throws: TensorMapError.self) { try map.tensors(for: graph.parameters, of: source) }
        #expect("\(try #require(error))".contains("of shape [3, 0], which is empty"))
    }
}
