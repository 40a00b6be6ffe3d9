import MetaNetwork
import Testing

@testable import MetaNetworkDevice

@Suite("A model on the device")
struct DeviceModelTests {
    @Test("what no model knows is ranked last, in the order given, and read as if it were not there")
    func unknownIDs() throws {
        var model = try DeviceModel(
            .paperSASRec(),
            itemCount: 20,
            weights: randomWeights(.paperSASRec(), items: 20, seed: 1)
        )
        let clean = model.rank(history: [3, 4], candidates: [1, 2])
        let ranked = model.rank(history: [3, -7, 4, .max, 0], candidates: [99, 1, .min, 2, 0])
        #expect(ranked.prefix(2).elementsEqual(clean))
        #expect(ranked.dropFirst(2).map(\.index) == [99, .min, 0])
        #expect(ranked.dropFirst(2).allSatisfy { $0.score == -.infinity })
    }

    @Test(
        "no candidates give no scores, repeated ones the same score, no history the padding's",
        arguments: Architecture.shippedNames
    )
    func edges(name: String) throws {
        let architecture = try #require(Architecture.shipped(name))
        var model = try DeviceModel(
            architecture,
            itemCount: 20,
            weights: randomWeights(architecture, items: 20, seed: 2)
        )
        let none = model.rank(history: [1], candidates: [])
        #expect(none.isEmpty)
        let repeated = model.rank(history: [1, 2], candidates: [5, 5, 5])
        #expect(repeated.map(\.index) == [5, 5, 5] && Set(repeated.map(\.score)).count == 1)
        let empty = model.rank(history: [], candidates: [1, 2, 3])
        let unknown = model.rank(history: [0, -1], candidates: [1, 2, 3])
        #expect(empty == unknown)
        #expect(empty.allSatisfy { $0.score.isFinite })
    }

    @Test("only the most recent samples of the device window count")
    func window() throws {
        var model = try DeviceModel(
            .paperGRU4Rec(window: 3),
            itemCount: 9,
            weights: randomWeights(.paperGRU4Rec(window: 3), items: 9, seed: 3)
        )
        let long = model.rank(history: [9, 8, 7, 1, 2, 3], candidates: [1, 2, 3])
        let recent = model.rank(history: [1, 2, 3], candidates: [1, 2, 3])
        #expect(long == recent)
    }

    @Test("the best of the catalogue are those that sorting all scores gives, without the excluded ones")
    func topItems() throws {
        var model = try DeviceModel(
            .paperDIN(),
            itemCount: 300,
            weights: randomWeights(.paperDIN(), items: 300, seed: 4)
        )
        let all = model.rank(history: [5, 6], candidates: Array(1...300))
        #expect(all.map(\.score) == all.map(\.score).sorted(by: >))
        let excluded: Set = [all[0].index, all[3].index]
        let expected = all.filter { !excluded.contains($0.index) }.prefix(7)
        let best = model.topItems(7, history: [5, 6], excluding: excluded)
        let counts = [0, -1, 1000].map { model.topItems($0, history: [5]).count }
        #expect(best.elementsEqual(expected))
        #expect(counts == [0, 0, 300])
        let listed = model.topItems(.max, history: [5, 6]).map(\.index)
        let ranks = (1...300).map { model.rank(of: $0, history: [5, 6]) }
        #expect(ranks == (1...300).map { item in listed.firstIndex(of: item).map { $0 + 1 } })
        let unknown = [0, -1, 301].map { model.rank(of: $0, history: [5, 6]) }
        #expect(unknown == [nil, nil, nil])
    }

    @Test("personal layers change the scores, a twin keeps the global ones, and going back restores them bit for bit")
    func swapping() throws {
        let weights = try randomWeights(.paperSASRec(), items: 20, seed: 5)
        var model = try DeviceModel(.paperSASRec(), itemCount: 20, weights: weights)
        var twin = model.copySharingWeights()
        let base = model.rank(history: [1, 2], candidates: [3, 4, 5])
        try model.personalize(dynamic(of: randomWeights(.paperSASRec(), items: 20, seed: 6), .paperSASRec()))
        var states = [model.isPersonal, twin.isPersonal]
        let personal = model.rank(history: [1, 2], candidates: [3, 4, 5])
        let twins = twin.rank(history: [1, 2], candidates: [3, 4, 5])
        model.depersonalize()
        states.append(model.isPersonal)
        let back = model.rank(history: [1, 2], candidates: [3, 4, 5])
        #expect(states == [true, false, false])
        #expect(personal != base && twins == base && back == base)
    }

    @Test("wrong personal layers are refused by name and leave the old ones")
    func refusals() throws {
        var model = try DeviceModel(
            .paperSASRec(),
            itemCount: 20,
            weights: randomWeights(.paperSASRec(), items: 20, seed: 7)
        )
        let base = model.rank(history: [1], candidates: [2, 3])
        let good = try dynamic(of: randomWeights(.paperSASRec(), items: 20, seed: 8), .paperSASRec())
        var missing = good
        missing["user.bias"] = nil
        var extra = good
        extra["items.embedding"] = try WeightTensor(shape: [1], values: [1])
        var shape = good
        shape["user.bias"] = try WeightTensor(shape: [2], values: [1, 2])
        var nan = good
        nan["user.bias"] = try WeightTensor(shape: [32], values: [Float](repeating: .nan, count: 32))
        for (weights, expected) in [
            (missing, DeviceModelError.missingTensor("user.bias")), (extra, .unexpectedTensor("items.embedding")),
            (shape, .wrongShape("user.bias", expected: [32], found: [2])), (nan, .notFinite("user.bias")),
        ] {
            var refusal: DeviceModelError?
            do { try model.personalize(weights) } catch { refusal = error }
            #expect(refusal == expected)
            #expect(expected.description.contains("'"))
        }
        let after = model.rank(history: [1], candidates: [2, 3])
        #expect(after == base)
    }

    @Test("a model whose memory would exceed the limit is refused before any is taken")
    func memoryLimit() throws {
        let weights = try randomWeights(.paperSASRec(), items: 20, seed: 9)
        var refusal: DeviceModelError?
        do { _ = try DeviceModel(.paperSASRec(), itemCount: 20, weights: weights, memoryLimit: 1000) } catch {
            refusal = error
        }
        #expect(refusal?.description.contains("may take 1000") == true)
    }

    @Test("the embedding of a sample is its row of the table")
    func sampleEmbedding() throws {
        let weights = try randomWeights(.paperDIN(), items: 20, seed: 10)
        let model = try DeviceModel(.paperDIN(), itemCount: 20, weights: weights)
        let row = try #require(weights["items.embedding"]).values[7 * 32..<8 * 32]
        let (embedding, outside) = (model.sampleEmbedding(of: 7), [0, 21].map { model.sampleEmbedding(of: $0) })
        #expect(embedding == Array(row))
        #expect(outside == [nil, nil])
    }

    @Test("huge weights overflow to scores that are never NaN", arguments: Architecture.shippedNames)
    func overflow(name: String) throws {
        let architecture = try #require(Architecture.shipped(name))
        var weights = try randomWeights(architecture, items: 20, seed: 11)
        for name in weights.names {
            let tensor = try #require(weights[name])
            weights[name] = try WeightTensor(shape: tensor.shape, values: tensor.values.map { $0 * 1e38 })
        }
        var model = try DeviceModel(architecture, itemCount: 20, weights: weights)
        let ranked = model.rank(history: [1, 2], candidates: [1, 2, 3, 4, 5])
        #expect(ranked.allSatisfy { !$0.score.isNaN })
    }
}

/// Weights of an architecture between -0.5 and 0.5.
func randomWeights(_ architecture: Architecture, items: Int, seed: UInt64) throws -> Weights {
    var random = SplitMix(state: seed)
    var weights = Weights()
    for parameter in try ModelGraph(architecture, itemCount: items).parameters {
        let values = (0..<parameter.shape.reduce(1, *)).map { _ in Float.random(in: -0.5...0.5, using: &random) }
        weights[parameter.name] = try WeightTensor(shape: parameter.shape, values: values)
    }
    return weights
}

/// The dynamic tensors alone.
func dynamic(of weights: Weights, _ architecture: Architecture, items: Int = 20) throws -> Weights {
    var result = Weights()
    for parameter in try ModelGraph(architecture, itemCount: items).parameters where parameter.isDynamic {
        result[parameter.name] = weights[parameter.name]
    }
    return result
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
