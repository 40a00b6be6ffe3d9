import Foundation
import MetaNetwork
import MetaNetworkDevice

/// Times a step of learning the head of two shipped models, and leaves what a peer needs to take the same one: for each model
/// `MODEL-head.safetensors`, and the figures in `steps.json`.
struct LearningBenchmark {
    /// What was measured of one model.
    struct Figures: Encodable {
        /// Median microseconds of a step.
        var step: Double
        /// Loss before the first step, and after it.
        var losses: [Double]
    }

    private static let rate = 0.001
    private static let items = 1682
    private let folder: URL

    init(_ folder: URL) { self.folder = folder }

    func run() throws {
        let figures = ["cnn": try images(), "bag": try choices()]
        try JSONEncoder().encode(figures).write(to: folder.appendingPathComponent("steps.json"))
    }

    /// 28 labelled images: four of each of seven classes.
    private func images() throws -> Figures {
        let architecture = Architecture.cnn(classes: 7)
        let weights = try DeviceBenchmark.randomWeights(ModelGraph(architecture)).all
        var model = try DeviceModel(architecture, weights: weights)
        var random = LinearCongruential(state: 3)
        let inputs = (0..<28).map { _ in (0..<784).map { _ in Float.random(in: 0...1, using: &random) } }
        let features = try inputs.flatMap { try model.sample(of: $0) }
        try write("cnn", weights, ["frozen": WeightTensor(shape: [28, features.count / 28], values: features)])
        return try time {
            try Solver(
                model,
                inputs: inputs,
                targets: .classes((0..<28).map { $0 % 7 }),
                optimizer: .adam(rate: Self.rate)
            )
        }
    }

    /// 50 choices, each among 1,682 items.
    private func choices() throws -> Figures {
        let architecture = Architecture.bag()
        let weights = try DeviceBenchmark.randomWeights(ModelGraph(architecture, itemCount: Self.items)).all
        let model = try DeviceModel(architecture, itemCount: Self.items, weights: weights)
        let history = (0..<61).map { 1 + ($0 * 7919) % Self.items }
        let choices = Choice.latest(of: history, limit: 50, window: model.graph.window)
        let chosen = choices.map { Float($0.item) }
        let read = choices.flatMap { $0.history.map(Float.init) }
        try write(
            "bag",
            weights,
            [
                "chosen": WeightTensor(shape: [50], values: chosen),
                "histories": WeightTensor(shape: [50, model.graph.window], values: read),
            ]
        )
        return try time {
            try Solver(model, choices: choices, loss: .softmax(), optimizer: .adam(rate: Self.rate))
        }
    }

    private func write(_ name: String, _ weights: Weights, _ others: [String: WeightTensor]) throws {
        var all = weights
        for (name, tensor) in others { all[name] = tensor }
        try Data(SafeTensors.encode(all)).write(to: folder.appendingPathComponent("\(name)-head.safetensors"))
    }

    private func time(_ make: () throws -> Solver) throws -> Figures {
        var first = try make()
        let losses = [first.step(), first.loss()].compactMap(\.self)
        var solver = try make()
        let step = DeviceBenchmark.median(of: 499) { _ = solver.step() }
        return Figures(step: step, losses: losses)
    }
}
