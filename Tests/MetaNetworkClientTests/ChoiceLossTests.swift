import MetaNetwork
import MetaNetworkDevice
import Testing

@testable import MetaNetworkClient

@Suite("What a choice tells of weights")
struct ChoiceLossTests {
    @Test("compares on the whole of a small catalogue, else on itself and 99 others, the same each time")
    func draws() {
        var loss = ChoiceLoss()
        loss.draw(beside: 3, of: 5, number: 0)
        #expect(loss.candidates == [3, 1, 2, 4, 5])
        loss.draw(beside: 1, of: 1, number: 0)
        #expect(loss.candidates == [1])
        var drawn: [[Int]] = []
        for number in 0..<50 {
            loss.draw(beside: 20_000, of: 20_000, number: number)
            drawn.append(loss.candidates)
            #expect(loss.candidates.count == 100 && loss.candidates.first == 20_000)
            #expect(loss.candidates.dropFirst().allSatisfy { (1..<20_000).contains($0) })
        }
        #expect(Set(drawn).count == 50)
        loss.draw(beside: 20_000, of: 20_000, number: 7)
        #expect(loss.candidates == drawn[7])
        loss.draw(beside: 1, of: 101, number: .max)
        #expect(loss.candidates.dropFirst().allSatisfy { (2...101).contains($0) })
    }

    @Test("takes weights that overflow for as bad as can be, and nothing traps")
    func overflow() throws {
        let bundle = try TestBundle()
        var device = try DeviceModel(
            bundle.manifest.architecture,
            itemCount: TestBundle.itemCount,
            weights: bundle.weights
        )
        var loss = ChoiceLoss()
        loss.draw(beside: 4, of: TestBundle.itemCount, number: 0)
        let sane = loss.loss(&device, [1, 2])
        #expect(sane > 0 && sane < ChoiceLoss.limit)
        var huge = try bundle.personalWeights(1)
        for name in huge.names {
            guard let tensor = huge[name] else { continue }
            huge[name] = try WeightTensor(shape: tensor.shape, values: tensor.values.map { $0 * 1e38 })
        }
        try device.personalize(huge)
        #expect((0...ChoiceLoss.limit).contains(loss.loss(&device, [1, 2])))
        #expect((0...ChoiceLoss.limit).contains(loss.loss(&device, [])))
    }
}
