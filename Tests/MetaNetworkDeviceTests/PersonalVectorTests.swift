import MetaNetwork
import Testing

@testable import MetaNetworkDevice

@Suite("Personal vectors on the device")
struct PersonalVectorTests {
    private static func ranker(window: Int = 4, _ nodes: [Architecture.Node]) -> Architecture {
        Architecture(
            name: "x",
            inputs: [.init(name: "history", kind: .items, length: window), .init(name: "candidate", kind: .item)],
            nodes: [
                .init("items", .embedding(table: "items", width: 12), "history"),
                .init("recent", .last, "items"),
                .init("target", .embedding(table: "items", width: 12), "candidate"),
            ] + nodes,
            output: "score"
        )
    }

    /// The user's vector and a personal one, against an item's row and columns of its own.
    private static let joined = ranker([
        .init("own", .personal(width: 5)),
        .init("user", .concatenate, "recent", "own"),
        .init("own items", .embedding(table: "own", width: 5), "candidate"),
        .init("item", .concatenate, "target", "own items"),
        .init("score", .dot, "user", "item"),
    ])

    @Test("joined to the user's, with columns of the items', it costs a candidate nothing but a wider row of one table")
    func fastPath() throws {
        let weights = try randomWeights(Self.joined, items: 30, seed: 1)
        var model = try DeviceModel(Self.joined, itemCount: 30, weights: weights)
        let (program, score) = (model.plan.candidateProgram, model.plan.score)
        guard program.isEmpty, case .product(_, _, let lanes) = score else {
            Issue.record("the score is no inner product with the rows of a table")
            return
        }
        #expect(lanes == Lanes.count(for: 17))
        let own: [Float] = [0.5, -1, 2, 0.25, 3]
        var personal = Weights()
        personal["own.bias"] = try WeightTensor(shape: [5], values: own)
        try model.personalize(personal)
        var scores: [Float] = []
        model.score(history: [3, 9], candidates: Array(1...30), into: &scores)
        let (items, columns) = try (
            #require(weights["items.embedding"]).values, #require(weights["own.embedding"]).values
        )
        for item in 1...30 {
            let known = (0..<12).reduce(Float(0)) { $0 + items[9 * 12 + $1] * items[item * 12 + $1] }
            let own = own.indices.reduce(Float(0)) { $0 + own[$1] * columns[item * 5 + $1] }
            #expect(abs(scores[item - 1] - known - own) < 1e-5)
        }
    }

    @Test("zeros of it leave every score as it was, to the bit")
    func zeros() throws {
        var weights = try randomWeights(Self.joined, items: 30, seed: 2)
        weights["own.bias"] = try WeightTensor(shape: [5], values: [0, 0, 0, 0, 0])
        let base = Self.ranker([.init("score", .dot, "recent", "target")])
        var joined = try DeviceModel(Self.joined, itemCount: 30, weights: weights)
        var alone = try DeviceModel(base, itemCount: 30, weights: weights.only(base, items: 30))
        let a = joined.rank(history: [5, 6], candidates: Array(1...30))
        let b = alone.rank(history: [5, 6], candidates: Array(1...30))
        #expect(a == b)
    }

    @Test("it is swapped in and out as layers are, and refused where its shape is wrong")
    func swapping() throws {
        var model = try DeviceModel(
            Self.joined,
            itemCount: 30,
            weights: randomWeights(Self.joined, items: 30, seed: 3)
        )
        let base = model.rank(history: [1, 2], candidates: [3, 4, 5])
        try model.personalize(dynamic(of: randomWeights(Self.joined, items: 30, seed: 4), Self.joined))
        let personal = model.rank(history: [1, 2], candidates: [3, 4, 5])
        model.depersonalize()
        let back = model.rank(history: [1, 2], candidates: [3, 4, 5])
        #expect(personal != base && back == base)
        var wrong = Weights()
        wrong["own.bias"] = try WeightTensor(shape: [4], values: [1, 2, 3, 4])
        var refusal: DeviceModelError?
        do { try model.personalize(wrong) } catch { refusal = error }
        #expect(refusal == .wrongShape("own.bias", expected: [5], found: [4]))
    }

    @Test(
        "sums and products take one vector with each sample, with the user's vector and with each candidate's row",
        arguments: [1, 4]
    )
    func broadcasting(window: Int) throws {
        let architecture = Self.ranker(
            window: window,
            [
                .init("own", .personal(width: 12)),
                .init("scaled", .multiply, "items", "own"),
                .init("shifted", .add, "scaled", "own"),
                .init("mean", .mean, "shifted"),
                .init("user", .multiply, "mean", "own"),
                .init("item", .add, "target", "own"),
                .init("score", .dot, "user", "item"),
            ]
        )
        let weights = try randomWeights(architecture, items: 50, seed: 5)
        var model = try DeviceModel(architecture, itemCount: 50, weights: weights)
        let (items, own) = try (#require(weights["items.embedding"]).values, #require(weights["own.bias"]).values)
        func row(_ item: Int) -> [Float] { Array(items[item * 12..<(item + 1) * 12]) }
        // A long history first, so that a short one after it meets what the long one left in memory; two blocks of candidates.
        for history in [[7, 8, 9, 10], [11]] {
            var scores: [Float] = []
            model.score(history: history, candidates: Array(1...50), into: &scores)
            let read = history.suffix(window)
            let mean = (0..<12).map { place in
                read.reduce(Float(0)) { $0 + row($1)[place] * own[place] + own[place] } / Float(read.count)
            }
            for item in 1...50 {
                let expected = (0..<12).reduce(Float(0)) { $0 + mean[$1] * own[$1] * (row(item)[$1] + own[$1]) }
                #expect(abs(scores[item - 1] - expected) < 1e-5)
            }
        }
    }

    @Test("it goes with each vector of a window and with each pixel of an image, by hand")
    func windowsAndImages() throws {
        func outputs(_ input: Architecture.Input, _ values: [Float]) throws -> [Float] {
            let architecture = Architecture(
                name: "x",
                inputs: [input],
                nodes: [
                    .init("scale", .personal(width: 2)), .init("offset", .personal(width: 2)),
                    .init("scaled", .multiply, "in", "scale"), .init("shifted", .add, "scaled", "offset"),
                    .init("out", .flatten, "shifted"),
                ],
                output: "out"
            )
            var weights = Weights()
            weights["scale.bias"] = try WeightTensor(shape: [2], values: [10, 100])
            weights["offset.bias"] = try WeightTensor(shape: [2], values: [0.5, 0.25])
            var model = try DeviceModel(architecture, weights: weights)
            return try model.outputs(of: values)
        }
        #expect(
            try outputs(.vectors("in", length: 3, width: 2), [1, 2, 3, 4, 5, 6])
                == [10.5, 200.25, 30.5, 400.25, 50.5, 600.25]
        )
        #expect(
            try outputs(.image("in", channels: 2, height: 1, width: 3), [1, 2, 3, 4, 5, 6])
                == [10.5, 400.25, 20.5, 500.25, 30.5, 600.25]
        )
    }
}

extension Weights {
    /// The tensors of an architecture alone.
    fileprivate func only(_ architecture: Architecture, items: Int) throws -> Weights {
        var result = Weights()
        for parameter in try ModelGraph(architecture, itemCount: items).parameters {
            result[parameter.name] = self[parameter.name]
        }
        return result
    }
}
