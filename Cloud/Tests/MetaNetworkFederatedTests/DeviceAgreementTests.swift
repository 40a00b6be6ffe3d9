import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkFederated

/// A phone's turn is a simulated device's: the same order of examples, the same steps.
@Suite("A turn on a device")
struct DeviceAgreementTests {
    /// Trains on one device of the data with both, from the same start.
    private func compare(_ architecture: Architecture, _ data: FederatedData, _ work: LocalWork) throws {
        try LibTorch.setThreads(1)
        let learner = try NetworkLearner(ModelGraph(architecture), data)
        let start = try learner.start(seed: 3)
        for device in data.devices.prefix(2) {
            let rows = data.shards[device]
            var order = LocalWork.order(seed: 9, device: device, turn: 4)
            let expected = try learner.train(from: start, on: rows, work, random: &order)
            var training = try LocalTraining(
                architecture,
                start,
                inputs: rows.map { data.values(of: [$0], .training) },
                targets: .classes(rows.map { Int(data.training.classes[Int($0)]) }),
                work,
                random: LocalWork.order(seed: 9, device: device, turn: 4)
            )
            while training.step() {}
            #expect(training.isComplete && training.steps == expected.steps)
            #expect(Samples.distance(training.parameters, expected.parameters) < 1e-5)
            #expect(Samples.distance(expected.parameters, start) > 1e-2)
            #expect(abs(training.loss - expected.loss) < 1e-5)
            #expect((training.gradient == nil) == (expected.gradient == nil))
            if let own = training.gradient, let other = expected.gradient {
                #expect(own.count == other.count && Samples.distance(own, other) < 1e-5)
            }
        }
    }

    @Test("takes the steps of LibTorch over dense layers to 1e-5, drawn back or not", arguments: [0, 0.5])
    func dense(pull: Double) throws {
        let work = LocalWork(epochs: 3, batch: 5, rate: 0.2, pull: pull, wantsGradient: true)
        try compare(Samples.architecture, Samples.data(), work)
    }

    @Test(
        "takes them over convolutions and pooling of both kinds, with borders, strides and several channels",
        arguments: [Architecture.Pooling.Kind.max, .average]
    )
    func images(pooling: Architecture.Pooling.Kind) throws {
        let architecture = Architecture(
            name: "small cnn",
            inputs: [.image("image", channels: 2, height: 9, width: 8)],
            nodes: [
                .init("edges", .convolution(filters: 5, kernel: 3, activation: .tanh), "image"),
                .init("half", .pooling(pooling, size: 3, stride: 2), "edges"),
                .init(
                    "shapes",
                    .convolution(filters: 8, kernel: 2, stride: 2, padding: .valid, activation: .relu),
                    "half"
                ),
                .init("pixels", .dense(units: 3, activation: .relu), "shapes"),
                .init("features", .flatten, "pixels"),
                .init("logits", .dense(units: 3, dynamic: true), "features"),
            ],
            output: "logits"
        )
        var random = SeededGenerator(seed: 8)
        func examples(_ count: Int) -> (values: [[Float]], labels: [Int]) {
            let labels = (0..<count).map { $0 % 3 }
            return (labels.map { label in (0..<144).map { random.normal() + ($0 % 3 == label ? 1 : 0) } }, labels)
        }
        let training = examples(24)
        let data = try FederatedData(
            training.values,
            labels: training.labels,
            test: examples(3),
            classes: ["a", "b", "c"],
            shards: [Array(0..<12), Array(12..<24)],
            description: "images"
        )
        try compare(architecture, data, LocalWork(epochs: 2, batch: 5, rate: 0.1, pull: 0.1, wantsGradient: true))
    }

    @Test("learns all of the shipped CNN to 1e-5")
    func shipped() throws {
        var random = SeededGenerator(seed: 2)
        let values = (0..<12).map { _ in (0..<784).map { _ in random.uniform() } }
        let data = try FederatedData(
            values,
            labels: (0..<12).map { $0 % 10 },
            test: (values, (0..<12).map { $0 % 10 }),
            classes: (0..<10).map(String.init),
            shards: [Array(0..<12)],
            description: "digits"
        )
        try compare(.cnn(), data, LocalWork(epochs: 2, batch: 4, rate: 0.1))
    }

    @Test("is refused where a node has weights of another kind, by the node's name; so is a model that ranks")
    func refused() throws {
        var normed = Samples.architecture
        normed.nodes.insert(.init("norm", .layerNorm(), "hidden"), at: 1)
        normed.nodes[2].inputs = ["norm"]
        #expect(throws: DeviceModelError.cannotLearnWhole(node: "norm", operation: "layerNorm")) {
            try LocalTraining.check(normed)
        }
        var spread = Architecture(
            name: "spread",
            inputs: [.vectors("x", length: 4, width: 3)],
            nodes: [
                .init("rows", .dense(units: 4), "x"), .init("varied", .spread, "rows"),
                .init("logits", .dense(units: 2), "varied"),
            ],
            output: "logits"
        )
        #expect(throws: DeviceModelError.cannotLearn(node: "varied", operation: "spread")) {
            try LocalTraining.check(spread)
        }
        spread.nodes[1].operation = .mean
        #expect(throws: Never.self) { try LocalTraining.check(spread) }
        #expect(throws: DeviceModelError.self) { try LocalTraining.check(.bag()) }
        #expect(throws: Never.self) { try LocalTraining.check(.cnn()) }
    }
}
