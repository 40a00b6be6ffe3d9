import MetaNetwork
import MetaNetworkData
import Torch

@testable import MetaNetworkFederated

/// Small data and models that the tests share.
enum Samples {
    /// Three classes around centres of four values; device by device as a partition deals them.
    static func data(
        devices: Int = 10,
        each: Int = 12,
        _ partition: Partition = .iid,
        seed: UInt64 = 3
    ) throws -> FederatedData {
        var random = SeededGenerator(seed: seed)
        func examples(_ count: Int) -> (values: [[Float]], labels: [Int]) {
            let labels = (0..<count).map { $0 % 3 }
            let values = labels.map { label in
                (0..<4).map { place in (place == label ? 2 : 0) + 0.7 * random.normal() }
            }
            return (values, labels)
        }
        let training = examples(devices * each)
        return try FederatedData(
            training.values,
            labels: training.labels,
            test: examples(90),
            classes: ["a", "b", "c"],
            shards: partition.shards(of: training.labels, classCount: 3, devices: devices, seed: seed),
            description: "\(partition)"
        )
    }

    /// A layer of five units before the classes.
    static let architecture = Architecture(
        name: "small",
        inputs: [.vector("x", width: 4)],
        nodes: [
            .init("hidden", .dense(units: 5, activation: .relu), "x"),
            .init("logits", .dense(units: 3, dynamic: true), "hidden"),
        ],
        output: "logits"
    )

    static func learner(_ data: FederatedData) throws -> DenseLearner {
        guard let learner = DenseLearner(try ModelGraph(architecture), data) else { throw FederatedError("no chain") }
        return learner
    }

    static let work = LocalWork(epochs: 2, batch: 5, rate: 0.1)

    static func run<Method: FederatedMethod>(
        _ method: Method,
        _ data: FederatedData,
        _ fleet: Fleet = Fleet(),
        models: Int = 5,
        workers: Int = 2,
        seed: UInt64 = 1,
        _ change: (inout FederatedConfiguration) -> Void = { _ in }
    ) throws -> FederatedResult {
        var configuration = FederatedConfiguration(work: work, models: models, workers: workers, seed: seed)
        change(&configuration)
        var coordinator = try Coordinator(method, learner(data), data, fleet, configuration)
        return try coordinator.run()
    }

    /// The largest difference of two arrays.
    static func distance(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }

    /// Something that a device has sent.
    static func arrival(
        _ device: Int,
        examples: Int = 1,
        version: Int = 0,
        start: [Float] = [0, 0],
        _ update: [Float],
        gradient: [Float]? = nil
    ) -> Arrival {
        Arrival(
            device: device,
            examples: examples,
            version: version,
            start: start,
            update: update,
            gradient: gradient,
            loss: 0
        )
    }
}
