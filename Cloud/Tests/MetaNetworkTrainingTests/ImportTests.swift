import Foundation
import MetaNetwork
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkBundles
@testable import MetaNetworkModels
@testable import MetaNetworkPublishing
@testable import MetaNetworkTraining

/// `Fixtures/sasrec`: a model of PyTorch's, with the names of its public implementations, and what it scores.
@Suite("Importing a model that was trained elsewhere")
struct ImportTests {
    private struct Scores: Decodable {
        let histories: [[Int]]
        let scores: [[Float]]
    }

    private static func url(_ name: String) throws -> URL {
        try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/sasrec/\(name)")
    }

    private static func decoded<Value: Decodable>(_ name: String, _ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: url(name)))
    }

    private func imported(
        names change: (inout [String: Any]) -> Void = { _ in },
        items: Int = 20
    ) throws -> (manifest: BundleManifest, files: [String: Data], unused: [String]) {
        let text = try Data(contentsOf: Self.url("names.json"))
        var names = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        change(&names)
        let map = try JSONDecoder().decode(TensorMap.self, from: JSONSerialization.data(withJSONObject: names))
        return try ModelBundle.imported(
            Self.url("sasrec.safetensors"),
            map,
            as: Self.decoded("architecture.json"),
            itemNames: (1...items).map { "film-\($0)" },
            outputs: nil,
            name: "elsewhere"
        )
    }

    @Test("SASRec with two blocks of two heads scores what PyTorch scores, to 1e-5, on a device and in the cloud")
    func sasrec() throws {
        let (manifest, files, unused) = try imported()
        #expect(manifest.items == 20 && manifest.generator == nil && unused.isEmpty)
        let bundle = try ModelBundle(files: files)
        #expect(bundle.provenance.training[ModelBundle.importedFrom] == "sasrec.safetensors")
        let expected: Scores = try Self.decoded("scores.json")
        var device = try bundle.deviceModel()
        let network = try bundle.trainedModel().model.network
        for (history, scores) in zip(expected.histories, expected.scores) {
            let largest = scores.map(abs).max() ?? 1
            var mine: [Float] = []
            device.score(history: history, candidates: Array(1...20), into: &mine)
            let items = history.map(Int32.init)
            let read = try HistoryBatch(items: items, spans: [0..<items.count], window: 6)
            let shared = try network.shared(read, CandidateBatch(shared: Array(1...20)))
            let cloud = try network.logits(shared, GlobalLayers(parameters: network.parameters)).floats()
            for (found, score) in zip(mine + cloud, scores + scores) {
                #expect(abs(found - score) < 1e-5 * max(1, largest), "\(history): \(found), \(score)")
            }
        }
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
