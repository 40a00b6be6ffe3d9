import Foundation
import MetaNetwork
import MetaNetworkDevice
import Testing

@testable import MetaNetworkBundles

/// `Fixtures/adapted`: a bundle of the form `lowrank`, the adapter that `metanetwork export` made of it, and what PEFT scores with that.
@Suite("The adapter of a user")
struct AdapterTests {
    private struct Scores: Decodable {
        let history: [String]
        let base: [Float]
        let personal: [Float]
    }

    private static func url(_ name: String) throws -> URL {
        try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/adapted/\(name)")
    }

    private func scores() throws -> Scores {
        try JSONDecoder().decode(Scores.self, from: Data(contentsOf: Self.url("scores.json")))
    }

    @Test("in PEFT scores what a device scores, to 1e-5")
    func peft() throws {
        let bundle = try ModelBundle(contentsOf: Self.url("bundle"))
        let expected = try scores()
        var ranker = try BundleRanker(bundle)
        let history = expected.history.compactMap { ranker.item($0) }
        let all = Array(1...bundle.manifest.items)
        let values = try ranker.generator?.values(items: history.map(Int32.init))
        for (values, scores) in [(nil, expected.base), (values, expected.personal)] {
            let ranked = try ranker.rank(all, count: all.count, history: history, values: values)
            for item in ranked { #expect(abs(item.score - scores[item.index - 1]) < 1e-5) }
        }
        // It makes a difference.
        #expect(zip(expected.base, expected.personal).contains { abs($0 - $1) > 1e-3 })
    }

    @Test("is written as it was when PEFT read it")
    func files() throws {
        let adapter = try ModelBundle(contentsOf: Self.url("bundle")).adapter(history: scores().history)
        let recorded = try SafeTensors.decode([UInt8](Data(contentsOf: Self.url("adapter/adapter_model.safetensors"))))
        #expect(adapter.layers == ["user"] && adapter.rank == 2 && adapter.weights.names == recorded.weights.names)
        for name in adapter.weights.names {
            let (mine, theirs) = (try #require(adapter.weights[name]), try #require(recorded.weights[name]))
            #expect(mine.shape == theirs.shape)
            for (value, then) in zip(mine.values, theirs.values) { #expect(abs(value - then) < 1e-6, "\(name)") }
        }
        let files = try adapter.files(base: "bundle")
        let text = try #require(files["adapter_config.json"])
        #expect(try text == Data(contentsOf: Self.url("adapter/adapter_config.json")))
    }

    @Test("is not there for a history that is not known, and for models whose personal weights are of no low rank")
    func refusals() throws {
        let bundle = try ModelBundle(contentsOf: Self.url("bundle"))
        let unknown = #expect(throws: BundleError.self) { try bundle.adapter(history: ["nobody"]) }
        #expect(unknown?.message.contains("has no item of this history") == true)
        let graph = try ModelGraph(.paperSASRec(width: 4), itemCount: 3)
        let none = #expect(throws: BundleError.self) {
            try LowRankAdapter(graph, Weights(), personal: Weights())
        }
        #expect(none?.message.contains("train with --generator lowrank") == true)
    }
}
