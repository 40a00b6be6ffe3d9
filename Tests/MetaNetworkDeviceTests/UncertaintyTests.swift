import MetaNetwork
import Testing

@testable import MetaNetworkDevice

@Suite("The uncertainty of a model over vectors")
struct UncertaintyTests {
    /// The same, computed plainly and in double precision.
    private func plain(_ x: [Float], _ weight: [Float], _ bias: [Float]) -> Double {
        var random = SplitMix(state: 0x5EED_0F50_0000_0D0A)
        let rows = (0..<10).map { _ in
            let kept = x.map { Double(random.next() >> 32) < 0.7 * 4_294_967_296 ? Double($0) / 0.7 : 0 }
            let logits = bias.indices.map { column in
                kept.indices.reduce(Double(bias[column])) { $0 + kept[$1] * Double(weight[$1 * bias.count + column]) }
            }
            let powers = logits.map { power($0 - logits.reduce(-.infinity, max)) }
            return powers.map { $0 / powers.reduce(0, +) }
        }
        let mean = bias.indices.map { column in rows.reduce(0) { $0 + $1[column] } / 10 }
        return (rows.reduce(0) { $0 + zip($1, mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } } / 10)
            .squareRoot()
    }

    /// e^x for x up to 0, without a library: the series at x / 1024, squared ten times.
    private func power(_ x: Double) -> Double {
        let small = x / 1024
        var (sum, term) = (1.0, 1.0)
        for place in 1...12 {
            term *= small / Double(place)
            sum += term
        }
        for _ in 0..<10 { sum *= sum }
        return sum
    }

    @Test(
        "is the plain computation with the same masks, for outputs of one lane and of several",
        arguments: [2, 8, 13, 70]
    )
    func parity(classes: Int) throws {
        let architecture = Architecture(
            name: "x",
            inputs: [.image("image", channels: 2, height: 6, width: 5)],
            nodes: [
                .init("maps", .convolution(filters: 3, kernel: 3, activation: .relu), "image"),
                .init("flat", .flatten, "maps"),
                .init("hidden", .dense(units: 21, activation: .tanh), "flat"),
                .init("dropped", .dropout(rate: 0.5), "hidden"),
                .init("out", .dense(units: classes, dynamic: true), "dropped"),
            ],
            output: "out",
            sample: "hidden"
        )
        let weights = try randomWeights(architecture, items: 0, seed: 3)
        var model = try DeviceModel(architecture, weights: weights)
        var random = SplitMix(state: 8)
        let other = try randomWeights(architecture, items: 0, seed: 4)
        for isPersonal in [false, true] {
            if isPersonal { try model.personalize(dynamic(of: other, architecture, items: 0)) }
            let layer = isPersonal ? other : weights
            let (weight, bias) = (try #require(layer["out.weight"]), try #require(layer["out.bias"]))
            for _ in 0..<4 {
                let x = (0..<60).map { _ in Float.random(in: -2...2, using: &random) }
                let outputs = try model.outputs(of: x)
                let found = try model.uncertainty(of: x)
                let expected = try plain(model.sample(of: x), weight.values, bias.values)
                #expect(abs(Double(found) - expected) < 1e-5 && expected > 0.01)
                #expect(try model.uncertainty(of: x) == found, "no state stays")
                #expect(try model.outputs(of: x) == outputs)
            }
        }
    }

    @Test("is larger for an ambiguous input than for a clear one, and the masks keep seven of ten")
    func order() throws {
        let architecture = Architecture(
            name: "x",
            inputs: [.vector("x", width: 32)],
            nodes: [.init("out", .dense(units: 2), "x")],
            output: "out"
        )
        // Even elements speak for the first class, odd ones for the second.
        let weight = (0..<32).flatMap { $0 % 2 == 0 ? [1, 0] : [0, 1] as [Float] }
        let weights = Weights([
            "out.weight": try WeightTensor(shape: [32, 2], values: weight),
            "out.bias": try WeightTensor(shape: [2], values: [0, 0]),
        ])
        var model = try DeviceModel(architecture, weights: weights)
        let clear = try model.uncertainty(of: (0..<32).map { $0 % 2 == 0 ? 1 : 0 })
        let ambiguous = try model.uncertainty(of: [Float](repeating: 1, count: 32))
        #expect(clear < 0.01 && ambiguous > 0.2 && ambiguous < 1)
        #expect(try model.uncertainty(of: [Float](repeating: 0, count: 32)) == 0)
        var masks = DropoutMasks()
        let kept = (0..<10_000).count { _ in masks.keepsNext() }
        #expect(abs(kept - 7000) < 140)
    }

    @Test("is refused where the result comes from no dense layer of two units, and of bad input")
    func refusals() throws {
        func refusal(_ nodes: Architecture.Node..., input: [Float] = [1, 2, 3]) throws -> DeviceModelError? {
            let architecture = Architecture(
                name: "x",
                inputs: [.vector("x", width: 3)],
                nodes: nodes,
                output: nodes[nodes.count - 1].name
            )
            var model = try DeviceModel(architecture, weights: randomWeights(architecture, items: 0, seed: 1))
            do throws(DeviceModelError) { _ = try model.uncertainty(of: input) } catch { return error }
            return nil
        }
        let dense = Architecture.Node("a", .dense(units: 4), "x")
        #expect(try refusal(dense) == nil)
        #expect(try refusal(dense, .init("b", .dropout(rate: 0.5), "a")) == nil)
        #expect(try refusal(dense, .init("b", .layerNorm(), "a")) == .endsInNoDense("x"))
        #expect(try refusal(.init("a", .dense(units: 1), "x")) == .endsInNoDense("x"))
        #expect(try refusal(dense, input: [1]) == .wrongInput(expected: 3, found: 1))
        #expect(try refusal(dense, input: [1, .nan, 2]) == .inputNotFinite(1))
        let ranking = Architecture.paperSASRec(width: 4, window: 3, heads: 2)
        var ranker = try DeviceModel(ranking, itemCount: 5, weights: randomWeights(ranking, items: 5, seed: 1))
        #expect(throws: DeviceModelError.ranksItems(ranking.name)) { try ranker.uncertainty(of: [1]) }
    }
}
