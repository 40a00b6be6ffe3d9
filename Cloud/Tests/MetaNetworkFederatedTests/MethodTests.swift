import MetaNetworkWire
import Testing

@testable import MetaNetworkFederated

@Suite("What methods make of updates")
struct MethodTests {
    private func weights(_ gradients: [[Float]], _ method: FOLB) -> [Double] {
        let arrived = gradients.enumerated().map { Samples.arrival($0.offset, [0, 0], gradient: $0.element) }
        return method.weights(arrived, arrived)
    }

    @Test("FedAvg weighs by examples, or equally, and FedAvgM goes on with a share of the last step")
    func average() {
        var model: [Float] = [1, 1]
        var method = FedAvg(devices: 2)
        let arrived = [Samples.arrival(0, examples: 1, [4, 0]), Samples.arrival(1, examples: 3, [0, 4])]
        method.aggregate(arrived, into: &model, version: 0)
        #expect(model == [2, 4])
        method = FedAvg(devices: 2, weighsEqually: true)
        method.aggregate(arrived, into: &model, version: 1)
        #expect(model == [4, 6])
        method = FedAvg(devices: 2, weighsEqually: true, momentum: 0.5)
        model = [0, 0]
        method.aggregate(arrived, into: &model, version: 0)
        method.aggregate(arrived, into: &model, version: 1)
        #expect(model == [5, 5] && method.name == "FedAvgM" && FedAvg(devices: 2, pull: 1).name == "FedProx")
    }

    @Test("FOLB: equal gradients weigh alike, one device weighs 1, and the scale of losses does not matter")
    func folb() {
        #expect(weights([[1, 2], [1, 2], [1, 2], [1, 2]], FOLB(devices: 4)) == [0.25, 0.25, 0.25, 0.25])
        #expect(weights([[3, -1]], FOLB(devices: 1)) == [1])
        let gradients: [[Float]] = [[1, 0], [0.5, 2], [-1, 0.5]]
        let (plain, scaled) = (
            weights(gradients, FOLB(devices: 3)), weights(gradients.map { $0.map { 8 * $0 } }, FOLB(devices: 3))
        )
        for (a, b) in zip(plain, scaled) { #expect(abs(a - b) < 1e-9) }
        #expect(weights([[0, 0], [0, 0]], FOLB(devices: 2)) == [0.5, 0.5])
    }

    @Test(
        "FOLB: signed weights add up to 1, absolute ones to at most 1, and who points away counts against, or not at all"
    )
    func weighing() {
        // ĝ = (0.5, 0.5): products 1.5, 1, -1.
        let gradients: [[Float]] = [[3, 0], [-0.5, 2.5], [-1, -1]]
        let absolute = weights(gradients, FOLB(devices: 3))
        #expect(zip(absolute, [1.5 / 3.5, 1 / 3.5, -1 / 3.5]).allSatisfy { abs($0 - $1) < 1e-6 })
        let signed = weights(gradients, FOLB(devices: 3, weighing: .signed))
        #expect(abs(signed.reduce(0, +) - 1) < 1e-6)
        #expect(weights(gradients, FOLB(devices: 3, weighing: .zero))[2] == 0)
        let permuted = weights(gradients, FOLB(devices: 3, weighing: .permuted))
        #expect(permuted.sorted() == absolute.sorted() && permuted != absolute)
        // Without its own share the first's product is ⟨(3, 0), (-1.5, 1.5) / 2⟩.
        let others = weights(gradients, FOLB(devices: 3, leavesOneOut: true))
        #expect(others[0] < 0)
        var model: [Float] = [0, 0]
        var method = FOLB(devices: 4, usesTwoSets: true)
        let arrived = [[1, 0], [0, 9], [1, 0], [1, 9]].enumerated().map { place, gradient in
            Samples.arrival(place, [Float(place + 1), 0], gradient: gradient.map(Float.init))
        }
        // Devices 0 and 2 learn, 1 and 3 say where all point: half each.
        method.aggregate(arrived, into: &model, version: 0)
        #expect(abs(model[0] - 2) < 1e-6)
    }

    @Test("FedAsync mixes by age, FedBuff does not ask for it, PORT asks for age and direction")
    func ages() {
        var model: [Float] = [0, 0]
        var asynchronous = FedAsync(atOnce: 2, mixing: 0.5, exponent: 1)
        asynchronous.aggregate([Samples.arrival(0, version: 0, start: [1, 1], [1, 3])], into: &model, version: 1)
        #expect(model == [0.5, 1])
        var buffered = FedBuff(atOnce: 4, cache: 2)
        model = [1, 1]
        let two = [Samples.arrival(0, version: 0, [2, 0]), Samples.arrival(1, version: 9, [0, 2])]
        #expect(buffered.isReady(two, version: 9, oldest: nil) && !buffered.isReady([two[0]], version: 9, oldest: nil))
        buffered.aggregate(two, into: &model, version: 9)
        #expect(model == [2, 2])
        var port = PORT(atOnce: 4, cache: 2, bound: 10)
        #expect(port.isReady(two, version: 9, oldest: 0) && !port.isReady(two, version: 11, oldest: 0))
        model = [1, 0]
        // Cosines 1 and 0 with ages 0 and 10: 1 + 3 against 0.5 + 1.5.
        let both = [Samples.arrival(0, version: 10, [3, 0]), Samples.arrival(1, version: 0, [0, 3])]
        port.aggregate(both, into: &model, version: 10)
        #expect(abs(model[0] - 3) < 1e-6 && abs(model[1] - 1) < 1e-6)
    }

    @Test("TEASQ-Fed mixes the cache by age and examples, and compresses less and less")
    func teasq() throws {
        // s = 1 and 1/2: u = (1·1·w_1 + 1/2·2·w_2) / 2, and 0.8 of the mean of s is 0.6.
        var model: [Float] = [10, 10]
        var method = TEASQFed(atOnce: 3, cache: 2, mixing: 0.8, exponent: 1)
        let arrived = [
            Samples.arrival(0, examples: 1, version: 1, start: [10, 10], [10, 0]),
            Samples.arrival(1, examples: 2, version: 0, start: [0, 0], [0, 30]),
        ]
        method.aggregate(arrived, into: &model, version: 1)
        #expect(zip(model, [10, 16] as [Float]).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(method.name == "TEA-Fed" && method.codec(version: 3) == nil)
        let compression = TEASQFed.Compression(
            from: try UpdateCodec(density: 0.1, bits: 4),
            to: try UpdateCodec(density: 0.5, bits: 8),
            models: 10
        )
        let compressed = TEASQFed(atOnce: 3, cache: 2, compression: compression)
        let half = try #require(compressed.codec(version: 5))
        #expect(abs(half.density - 0.3) < 1e-9 && half.bits == 6 && compressed.name == "TEASQ-Fed")
        #expect(compressed.codec(version: 99)?.density == 0.5)
    }
}
