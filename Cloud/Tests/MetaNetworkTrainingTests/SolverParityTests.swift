import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("What a device learns agrees with LibTorch")
struct SolverParityTests {
    private static let steps = 5

    @Test(
        "100 random personal parts agree to 1e-5 after steps of SGD and of Adam, weights and losses",
        arguments: 0..<100
    )
    func random(seed: Int) throws {
        var maker = RandomLearnableArchitecture(seed: UInt64(seed))
        try compare(maker.make(), seed: UInt64(seed))
    }

    @Test("the dynamic layers of the shipped CNN at its own size agree to 1e-5")
    func shipped() throws { try compare(.cnn(), seed: 5) }

    @Test(
        "every operation that can be learned is behind a dynamic layer of the random architectures, with each activation"
    )
    func variety() throws {
        var names: Set<String> = []
        for seed in 0..<UInt64(100) {
            var maker = RandomLearnableArchitecture(seed: seed)
            for node in try ModelGraph(maker.make()).nodes where node.isPersonal {
                let dense: Architecture.Dense? = if case .dense(let dense) = node.operation { dense } else { nil }
                let kind = dense.map {
                    " \($0.activation.rawValue)\($0.isDynamic ? " dynamic" : "")\(node.width == 1 ? " 1" : "")"
                }
                names.insert(node.operation.name + (kind ?? ""))
            }
        }
        let dense = ["identity", "relu", "tanh"].flatMap { activation in
            ["", " 1", " dynamic", " dynamic 1"].map { "dense \(activation)\($0)" }
        }
        let others = [
            "add", "concatenate", "dot", "dropout", "flatten", "last", "mean", "multiply", "order", "personal",
            "position",
            "weightedSum",
        ]
        #expect(names.sorted() == (dense + others).sorted())
    }

    @Test(
        "random architectures with other nodes behind a dynamic layer are refused by the node's name, and nothing traps"
    )
    func refused() throws {
        let others: Set = ["attention", "gru", "layerNorm", "selfAttention", "spread"]
        var refusals = 0
        for seed in 0..<UInt64(60) {
            var (maker, random) = (RandomVectorArchitecture(seed: seed), SeededGenerator(seed: seed))
            let graph = try ModelGraph(maker.make())
            let weights = try ParameterSet(graph.parameters, random: &random).weights()
            let device = try DeviceModel(graph.architecture, weights: weights)
            let inputs = [[Float](repeating: 0.5, count: graph.inputCount)]
            switch Self.refusal(device, inputs) {
            case .cannotLearn(let node, let operation):
                refusals += 1
                let found = try #require(graph.nodes.first { $0.name == node })
                #expect(found.isPersonal && found.operation.name == operation && others.contains(operation))
            case let other: #expect(other == (graph.dynamicLayers.isEmpty ? .nothingToLearn("random") : nil))
            }
        }
        #expect(refusals > 10)
    }

    /// Why a model cannot be learned; `nil` where it can, and two steps of it give a loss.
    private static func refusal(_ device: borrowing DeviceModel, _ inputs: [[Float]]) -> DeviceModelError? {
        do throws(DeviceModelError) {
            var solver = try Solver(device, inputs: inputs, targets: .classes([0]), optimizer: .sgd(rate: 0.1))
            return solver.run(steps: 2).lossAfter == nil ? .broken("no loss") : nil
        } catch {
            return error
        }
    }

    private func compare(_ architecture: Architecture, seed: UInt64) throws {
        let graph = try ModelGraph(architecture)
        var random = SeededGenerator(seed: seed, stream: 1)
        let network = Network(graph: graph, parameters: try ParameterSet(graph.parameters, random: &random))
        // Personal vectors of zeros would hide gradients.
        _ = try network.drawDynamicWeights(&random)
        let start = try network.parameters.weights()
        let device = try DeviceModel(architecture, weights: start)
        let count = graph.inputCount
        let inputs = (0..<4).map { _ in (0..<count).map { _ in random.normal() } }
        for kind in [BundleManifest.Outputs.Kind.classification, .regression] {
            let targets = Self.targets(kind, inputs.count, graph.outputWidth, &random)
            for optimizer in [Solver.Optimizer.sgd(rate: 0.05), .adam(rate: 0.01)] {
                let expected = try LibTorchSteps(network, optimizer, count: Self.steps) {
                    try Self.loss($0, inputs, targets)
                }
                var solver = try Solver(device, inputs: inputs, targets: targets, optimizer: optimizer)
                let found = solver.run(steps: Self.steps)
                let weights = solver.weights
                #expect(found.steps == Self.steps)
                #expect(try abs(#require(found.lossBefore) - expected.before) < 1e-5 * max(1, expected.before))
                #expect(try abs(#require(found.lossAfter) - expected.after) < 1e-5 * max(1, expected.after))
                #expect(weights.names == graph.parameters.filter(\.isDynamic).map(\.name).sorted())
                for name in weights.names {
                    let difference = try largestDifference(
                        #require(weights[name]).values,
                        #require(expected.weights[name]).values
                    )
                    #expect(difference < 1e-5, "\(kind) \(optimizer) \(name): \(architecture)")
                }
            }
        }
    }

    private static func targets(
        _ kind: BundleManifest.Outputs.Kind,
        _ count: Int,
        _ width: Int,
        _ random: inout SeededGenerator
    ) -> Solver.Targets {
        switch kind {
        case .classification: .classes((0..<count).map { _ in Int.random(in: 0..<width, using: &random) })
        case .regression: .values((0..<count).map { _ in (0..<width).map { _ in random.normal() } })
        }
    }

    private static func loss(_ network: Network, _ inputs: [[Float]], _ targets: Solver.Targets) throws -> Tensor {
        let shared = try network.shared(VectorBatch(inputs))
        let outputs = try network.outputs(shared, GlobalLayers(parameters: network.parameters))
        switch targets {
        case .classes(let classes):
            return try outputs.crossEntropy(Tensor(indices: classes.map(Int64.init), shape: [classes.count]))
        case .values(let values):
            return try outputs.squaredError(Tensor(values.flatMap { $0 }, shape: [values.count, outputs.size(1)]))
        }
    }
}
