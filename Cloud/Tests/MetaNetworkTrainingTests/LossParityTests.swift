import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkTraining

@Suite("A training step agrees with PyTorch's own layers, losses and gradients")
struct LossParityTests {
    @Test(
        "the loss agrees to 1e-5 and the gradient of every parameter to 1e-4, for every model, form and loss of a ranking",
        arguments: try LossFixtures.cases()
    )
    func step(of example: LossFixtures.Case) throws {
        let dataset = try example.fixtures.dataset()
        let task = try RankingTask(dataset, negatives: 3)
        let (model, configuration) = (try example.jointModel(dataset), try example.configuration())
        var random = SeededGenerator(seed: example.fixtures.seed)
        let batch = try task.batch(
            of: example.fixtures.chunks(dataset),
            model,
            task.loss(model, configuration)
        )(&random)
        let expected = try #require(example.fixtures.losses[example.step.loss.rawValue]).candidates
        #expect(try items(of: batch, itemCount: dataset.itemCount) == expected, "the step scores the same items")

        let loss = try task.loss(model, batch).loss
        let value = Double(try loss.scalar())
        #expect(abs(value / example.step.value - 1) < 1e-5, "\(value) and not \(example.step.value)")
        try loss.backward()
        for (name, tensor) in zip(model.tensorNames, model.tensors) {
            let found = try tensor.gradient()?.floats()
            guard let expected = example.step.gradients[name] else {
                #expect(found == nil, "\(name) is not read")
                continue
            }
            let gradient = try #require(found, "\(name) has no gradient")
            let largest = try #require(expected.map(abs).max())
            let agrees = zip(gradient, expected).allSatisfy { abs($0 - $1) < 1e-4 * largest }
            #expect(gradient.count == expected.count && agrees, "\(name): \(gradient) and not \(expected)")
        }
    }

    @Test("the fixtures have every loss, every form of the generator and every shipped model but the paper's")
    func complete() throws {
        let cases = try LossFixtures.cases()
        #expect(Set(cases.map(\.step.loss)) == Set(RankingLossName.allCases).subtracting([.automatic]))
        // Patches that a basis makes of a code are compared where devices learn them: MetaPatchTests.
        let forms = GeneratorConfiguration.Form.allCases.filter { !$0.hasCodes }
        #expect(Set(cases.compactMap(\.model.form)) == Set(forms))
        #expect(Set(cases.map(\.model.model)) == ["bag", "sasrec", "gru4rec", "din"])
    }

    /// The items that each position of a step is scored on.
    private func items(of batch: RankingBatch, itemCount: Int) throws -> [[Float]] {
        let candidates = batch.scored.candidates
        let names = try Tensor((0...itemCount).map(Float.init), shape: [itemCount + 1, 1]).items(candidates.items)
        guard let indices = candidates.indices else {
            return try [[Float]](repeating: names.floats(), count: batch.positions)
        }
        let all = try names.gather(indices).floats()
        return stride(from: 0, to: all.count, by: candidates.count).map { Array(all[$0..<$0 + candidates.count]) }
    }
}
