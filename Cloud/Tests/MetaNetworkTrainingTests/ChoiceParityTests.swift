import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("What a device learns from choices agrees with LibTorch")
struct ChoiceParityTests {
    private static let steps = 5
    private static let items = 50
    private static let losses: [Solver.RankingLoss] = [
        .softmax(), .softmax(weight: 7), .binary(), .binary(positiveWeight: 0.3),
    ]

    /// Random rankers that a device can learn, by the seeds that make them.
    private static let learnable: [UInt64] = Array((0..<UInt64(400)).lazy.filter { isLearnable($0) }.prefix(100))

    private static func isLearnable(_ seed: UInt64) -> Bool {
        var maker = RandomArchitecture(seed: seed)
        return (try? refusal(maker.make(), seed: seed)) == .some(nil)
    }

    /// Why a ranker cannot be learned; `nil` where it can.
    private static func refusal(_ architecture: Architecture, seed: UInt64) throws -> DeviceModelError? {
        let graph = try ModelGraph(architecture, itemCount: items)
        var random = SeededGenerator(seed: seed)
        let weights = try ParameterSet(graph.parameters, random: &random).weights()
        let device = try DeviceModel(architecture, itemCount: items, weights: weights)
        do throws(DeviceModelError) {
            let choice = Choice(history: [1], item: 2)
            _ = try Solver(device, choices: [choice], loss: .softmax(), optimizer: .sgd(rate: 1))
            return nil
        } catch { return error }
    }

    @Test("100 random rankers agree to 1e-5 after steps of SGD and of Adam, weights and losses", arguments: 0..<100)
    func random(number: Int) throws {
        let seed = try #require(Self.learnable.indices.contains(number) ? Self.learnable[number] : nil)
        var maker = RandomArchitecture(seed: seed)
        try compare(maker.make(), seed: seed)
    }

    @Test(
        "30 random rankers with further inputs agree to 1e-5, also where some of these are missing, and choices have their own",
        arguments: 0..<30
    )
    func context(seed: UInt64) throws {
        var maker = RandomArchitecture(seed: seed)
        let architecture = maker.makeInContext()
        guard try Self.refusal(architecture, seed: seed) == nil else { return }
        try compare(architecture, seed: seed)
    }

    @Test("the shipped rankers as they are shipped agree to 1e-5", arguments: Architecture.shippedNames)
    func shipped(name: String) throws { try compare(#require(Architecture.shipped(name)), seed: 5) }

    @Test("every operation that can be learned is behind a dynamic layer of these rankers")
    func variety() throws {
        var names: Set<String> = []
        for seed in Self.learnable {
            var maker = RandomArchitecture(seed: seed)
            let graph = try ModelGraph(maker.make(), itemCount: Self.items)
            names.formUnion(graph.nodes.filter(\.isPersonal).map(\.operation.name))
        }
        // Places are behind one in the device's own tests.
        let all: Set = [
            "add", "concatenate", "dense", "dot", "dropout", "last", "multiply", "personal", "weightedSum",
        ]
        #expect(names.isSuperset(of: all))
    }

    /// Compares what is learned from choices with histories of several lengths, among more and among fewer items than one block.
    private func compare(_ architecture: Architecture, seed: UInt64) throws {
        let graph = try ModelGraph(architecture, itemCount: Self.items)
        var random = SeededGenerator(seed: seed, stream: 1)
        let network = Network(graph: graph, parameters: try ParameterSet(graph.parameters, random: &random))
        _ = try network.drawDynamicWeights(&random)
        try network.drawMoments(&random)
        let start = try network.parameters.weights()
        var device = try DeviceModel(architecture, itemCount: Self.items, weights: start)
        let context = graph.inputs.isEmpty ? nil : graph.missing(Int(seed % 3), of: graph.randomRow { random.normal() })
        try device.useContext(context)
        for (place, loss) in Self.losses.enumerated() {
            var choices = Self.choices(others: place % 2 == 0 ? 5 : 40, window: graph.window, &random)
            if context != nil {
                for number in choices.indices.dropFirst() {
                    choices[number].context = graph.missing(number, of: graph.randomRow { random.normal() })
                }
            }
            for optimizer in [Solver.Optimizer.sgd(rate: 0.05), .adam(rate: 0.01)] {
                let expected = try LibTorchSteps(network, optimizer, count: Self.steps) {
                    try Self.loss(network: $0, choices, loss, context)
                }
                var solver = try Solver(device, choices: choices, loss: loss, optimizer: optimizer)
                let found = solver.run(steps: Self.steps)
                let weights = solver.weights
                let scale = max(1, expected.before)
                #expect(try abs(#require(found.lossBefore) - expected.before) < 1e-5 * scale)
                #expect(try abs(#require(found.lossAfter) - expected.after) < 1e-5 * scale)
                for name in weights.names {
                    let (own, other) = try (#require(weights[name]).values, #require(expected.weights[name]).values)
                    let first = try #require(expected.firstGradients[name])
                    // Adam divides a gradient by itself, with its rounding: of a softmax what moves all scores alike is nothing else.
                    let compared = first.indices.filter { optimizer.isSGD || abs(first[$0]) > 1e-3 }
                    let difference = compared.map { abs(own[$0] - other[$0]) }.max() ?? 0
                    #expect(difference < 1e-5, "\(loss) \(optimizer) \(name): \(architecture)")
                }
            }
        }
    }

    private static func choices(others: Int, window: Int, _ random: inout SeededGenerator) -> [Choice] {
        [0, 1, window, window + 3].map { length in
            let item = Int.random(in: 1...items, using: &random)
            return Choice(
                history: (0..<length).map { _ in Int.random(in: 1...items, using: &random) },
                item: item,
                others: Array((1...items).filter { $0 != item }.shuffled(using: &random).prefix(others))
            )
        }
    }

    private static func loss(
        network: Network,
        _ choices: [Choice],
        _ loss: Solver.RankingLoss,
        _ context: [Float]?
    ) throws -> Tensor {
        let histories = choices.flatMap(\.history).map(Int32.init)
        var (spans, start): ([Range<Int>], Int) = ([], 0)
        for choice in choices {
            spans.append(start..<start + choice.history.count)
            start += choice.history.count
        }
        let count = choices[0].others.count + 1
        let candidates = choices.flatMap { [$0.item] + $0.others }.map(Int32.init)
        let shared = try network.shared(
            HistoryBatch(
                items: histories,
                spans: spans,
                window: network.graph.window,
                context: context.map { row in choices.map { $0.context ?? row } }
            ),
            CandidateBatch(candidates, count: count)
        )
        let logits = try network.logits(shared, GlobalLayers(parameters: network.parameters))
        switch loss {
        case .softmax(let weight):
            let shift = try Tensor([Float](repeating: Float(log(weight)), count: count), shape: [count])
            let rows = try Tensor(indices: choices.map { _ in 0 }, shape: [choices.count])
            return try logits.softmaxLoss(rows, shift: shift)
        case .binary(let weight):
            let labels = choices.flatMap { _ in (0..<count).map { $0 == 0 ? Float(1) : 0 } }
            let targets = try Tensor(labels, shape: [choices.count, count])
            return try logits.binaryCrossEntropy(targets, positiveWeight: weight)
        }
    }
}

extension Solver.Optimizer {
    fileprivate var isSGD: Bool { if case .sgd = self { true } else { false } }
}
