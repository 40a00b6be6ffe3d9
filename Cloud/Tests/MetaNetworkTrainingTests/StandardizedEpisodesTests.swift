import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Testing

@testable import MetaNetworkTraining

@Suite("Features that a device standardizes by its own samples")
struct StandardizedEpisodesTests {
    @Test(
        "have mean 0 and deviation 1 over the samples of each episode, a window's over all its rows",
        arguments: [1, 3]
    )
    func moments(window: Int) throws {
        let source = try madeUpDevices(.classification, window: window)
        let standardized = StandardizedEpisodes(source)
        let (before, after) = (source.episodes(.test), standardized.episodes(.test))
        #expect(before.count == after.count && !after.isEmpty)
        for (old, new) in zip(before, after) {
            #expect(old.targets == new.targets && old.query.count == new.query.count)
            for feature in 0..<2 {
                func values(_ inputs: [[Float]]) -> [Double] {
                    inputs.flatMap { input in
                        stride(from: feature, to: input.count, by: 2).map { Double(input[$0]) }
                    }
                }
                let (mean, deviation) = Self.moments(values(new.support))
                #expect(abs(mean) < 1e-4 && abs(deviation - 1) < 1e-4)
                // Inputs are moved as the samples are.
                let (oldMean, oldDeviation) = Self.moments(values(old.support))
                for (old, new) in zip(values(old.query), values(new.query)) {
                    #expect(abs((old - oldMean) / oldDeviation - new) < 1e-3)
                }
            }
        }
        #expect(standardized.digest != source.digest)
        #expect(standardized.trainingInputs(limit: 100).count >= 100)
    }

    @Test("take the training part's moments where the samples tell none")
    func population() throws {
        let source = try madeUpDevices(.classification)
        let standardized = StandardizedEpisodes(source)
        let inputs = source.trainingInputs(limit: 100_000)
        let moments = (0..<2).map { feature in Self.moments(inputs.map { Double($0[feature]) }) }
        func expected(_ input: [Float]) -> [Double] {
            zip(input, moments).map { (Double($0) - $1.mean) / $1.deviation }
        }
        let alone = Episode(device: "d", support: [[105, 1]], query: [[98, -1]], targets: [0])
        for (value, expected) in zip(standardized.standardized(alone).query[0], expected([98, -1])) {
            #expect(abs(Double(value) - expected) < 1e-3)
        }
        // The second feature is stuck.
        let stuck = Episode(device: "d", support: [[100, 1], [102, 1]], query: [[103, 2]], targets: [0])
        let query = standardized.standardized(stuck).query[0]
        #expect(abs(query[0] - 2) < 1e-4)
        #expect(abs(Double(query[1]) - expected([103, 2])[1]) < 1e-3)
    }

    @Test("make up for devices whose sensors are offset, and fine-tuning with labels does too")
    func gains() throws {
        let task = EpisodicTask(try madeUpDevices(.classification))
        let configuration = TrainingConfiguration(
            architecture: Architecture(
                name: "sensor",
                inputs: [.vector("x", width: 2)],
                nodes: [
                    .init("whitened", .standardize, "x"),
                    .init("hidden", .dense(units: 8, activation: .tanh, dynamic: true), "whitened"),
                    .init("out", .dense(units: 2, dynamic: true), "hidden"),
                ],
                output: "out"
            ),
            generator: nil,
            epochs: 10,
            batch: 64,
            learningRate: 5e-3,
            patience: 0
        )
        let base = try Trainer(configuration, task).run()
        let metric = try task.validationMetric(nil)
        let accuracy = try metric.value(of: base.scores(task))
        #expect(task.meets(.features))
        let own = task.standardized()
        let standardized = try metric.value(of: Trainer(configuration, own).run().scores(own))
        #expect(standardized > accuracy + 0.1, "\(accuracy) → \(standardized)")
        let tuned = try FineTuning(base, task, configuration).run()
        let adapted = metric.value(of: tuned.scores)
        #expect(adapted > accuracy + 0.1, "\(accuracy) → \(adapted)")
    }

    private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return (mean, variance.squareRoot())
    }
}
