import MetaNetwork
import MetaNetworkData
import Testing
import Torch

@testable import MetaNetworkFederated

@Suite("What devices learn")
struct LearnerTests {
    @Test(
        "a chain without a graph takes the steps that LibTorch takes, to 1e-5, drawn back or not",
        arguments: [0, 0.5]
    )
    func chain(pull: Double) throws {
        try LibTorch.setThreads(1)
        let data = try Samples.data()
        let graph = try ModelGraph(Samples.architecture)
        let (dense, network) = (try Samples.learner(data), try NetworkLearner(graph, data))
        #expect(dense.parameterCount == network.parameterCount && dense.multiplyAdds == network.multiplyAdds)
        let start = try dense.start(seed: 5)
        #expect(try start == network.start(seed: 5))
        var work = LocalWork(epochs: 4, batch: 5, rate: 0.2, pull: pull, wantsGradient: true)
        for device in data.devices {
            var (one, other) = (SeededGenerator(seed: 7), SeededGenerator(seed: 7))
            let a = try dense.train(from: start, on: data.shards[device], work, random: &one)
            let b = try network.train(from: start, on: data.shards[device], work, random: &other)
            #expect(a.steps == 12 && b.steps == 12)
            #expect(Samples.distance(a.parameters, b.parameters) < 1e-5)
            #expect(Samples.distance(try #require(a.gradient), try #require(b.gradient)) < 1e-5)
            #expect(abs(a.loss - b.loss) < 1e-5)
        }
        work.wantsGradient = false
        for part in [ExamplePart.training, .test] {
            let (a, b) = (try dense.measure(start, on: part), try network.measure(start, on: part))
            #expect(abs(a.loss - b.loss) < 1e-5 && a.metrics["accuracy"] == b.metrics["accuracy"])
        }
    }

    @Test("the gradient of a chain is the slope of its loss")
    func slope() throws {
        let data = try Samples.data()
        let chain = DenseChain(sizes: [4, 5, 3], activations: [.tanh, .identity])
        let rows = data.shards[0]
        let parameters = (0..<chain.parameterCount).map { 0.3 * Float(($0 * 7) % 11 - 5) / 5 }
        let found = try chain.gradient(at: parameters, of: data.training, rows: rows)
        for place in stride(from: 0, to: parameters.count, by: 3) {
            func loss(_ step: Float) throws -> Double {
                var moved = parameters
                moved[place] += step
                return try chain.gradient(at: moved, of: data.training, rows: rows).loss
            }
            let slope = try (loss(0.01) - loss(-0.01)) / 0.02
            #expect(abs(Double(found.gradient[place]) - slope) < 1e-3)
        }
    }

    @Test("models that are no chain are left to LibTorch, and one of another size is refused with both sizes")
    func fit() throws {
        let data = try Samples.data()
        var other = Samples.architecture
        other.nodes.insert(.init("norm", .layerNorm(), "hidden"), at: 1)
        other.nodes[2].inputs = ["norm"]
        #expect(DenseLearner(try ModelGraph(other), data) == nil)
        #expect(try NetworkLearner(ModelGraph(other), data).parameterCount == 25 + 10 + 18)
        var wide = Samples.architecture
        wide.inputs[0].width = 9
        let error = #expect(throws: FederatedError.self) { try NetworkLearner(ModelGraph(wide), data) }
        #expect(
            error?.description.contains("reads 9 values") == true && error?.description.contains("4 values") == true
        )
        var measured = Samples.architecture
        measured.nodes.insert(.init("even", .standardize, "x"), at: 0)
        measured.nodes[1].inputs = ["even"]
        #expect(throws: FederatedError.self) { try NetworkLearner(ModelGraph(measured), data) }
    }
}
