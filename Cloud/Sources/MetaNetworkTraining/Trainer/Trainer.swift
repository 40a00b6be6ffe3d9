import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Trains a device model and its MetaGenerator on the training part of some data.
///
/// With one thread, the same configuration and data give the same weights, bit for bit, whether or not the run was
/// interrupted and resumed.
final class Trainer<Task: LearningTask> {
    /// The settings.
    let configuration: TrainingConfiguration
    let model: JointModel
    private let task: Task
    private let metric: ValidationMetric
    private var optimizer: Adam
    private let checkpoint: URL?
    private(set) var state = TrainingState()
    private var best: Weights?
    private let clock = ContinuousClock()

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - configuration: The settings; every value is checked.
    ///   - task: What is learned.
    ///   - checkpoint: Where the state is saved after each epoch and on interruption; `nil` saves nothing.
    ///   - resume: Whether to go on from the checkpoint, which must exist and fit.
    ///   - start: What the model starts from; see ``Training``.
    /// - Throws: ``TrainingError``, `ModelError`, `ArchitectureError`, or `FileError` where the checkpoint cannot be read.
    init(
        _ configuration: TrainingConfiguration,
        _ task: Task,
        checkpoint: URL? = nil,
        resume: Bool = false,
        from start: TrainingConfiguration.Start = .init()
    ) throws {
        try configuration.validate()
        try Task.check(configuration.architecture)
        self.configuration = configuration
        self.task = task
        self.checkpoint = checkpoint
        metric = try task.validationMetric(configuration.validationMetric)
        model = try configuration.model(itemCount: task.itemNames.count, userCount: task.userCount, from: start)
        try task.prepare(model, configuration)
        optimizer = try Self.optimizer(model, configuration, decays: 0)
        if resume, let checkpoint { try restore(Checkpoint.read(checkpoint), from: checkpoint) }
    }

    /// Trains until the last epoch, or until validation stops improving, and keeps the best epoch's weights.
    ///
    /// - Parameters:
    ///   - shouldStop: Asked after each step; on `true` the state is saved and the run ends.
    ///   - report: Receives progress.
    /// - Returns: The model with the weights of its best epoch.
    /// - Throws: ``TrainingError/interrupted(checkpoint:)``, ``TrainingError/notFinite(epoch:step:checkpoint:)``, or
    ///   ``FileError`` where a checkpoint cannot be written.
    func run(
        shouldStop: () -> Bool = { false },
        report: (TrainingEvent) throws -> Void = { _ in }
    ) throws -> TrainedModel {
        while state.epoch < configuration.epochs, try isWorthAnEpoch() {
            let start = clock.now
            let before = state.seconds
            try trainEpoch(shouldStop: shouldStop, report: report) { self.clock.now - start }
            let validation = try task.validate(model, metric)
            state.epoch += 1
            let point = EpochPoint(
                epoch: state.epoch,
                loss: state.lossSum / Double(max(1, state.positions)),
                validation: validation
            )
            state.curve.append(point)
            (state.step, state.lossSum, state.positions) = (0, 0, 0)
            state.seconds = before + (clock.now - start).seconds
            if state.best == point { best = try weights() }
            try save()
            try report(.epoch(point, metric: metric.description, seconds: (clock.now - start).seconds))
            if hasStoppedImproving, state.decays == configuration.decays, state.epoch < configuration.epochs {
                let best = state.best?.epoch ?? state.epoch
                try report(.earlyStop(epoch: state.epoch, bestEpoch: best, metric: metric.description))
            }
        }
        if let best { try assign(best) }
        return TrainedModel(configuration: configuration, model: model, state: state, metric: metric)
    }

    private var hasStoppedImproving: Bool {
        guard configuration.patience > 0, let best = state.best else { return false }
        return state.epoch - max(best.epoch, state.decayed) >= configuration.patience
    }

    /// Whether training goes on; where validation stopped improving, with a smaller step from the best epoch on, as often as allowed.
    private func isWorthAnEpoch() throws -> Bool {
        guard hasStoppedImproving else { return true }
        guard state.decays < configuration.decays, let best else { return false }
        (state.decays, state.decayed) = (state.decays + 1, state.epoch)
        try assign(best)
        optimizer = try Self.optimizer(model, configuration, decays: state.decays)
        return true
    }

    private static func optimizer(_ model: JointModel, _ configuration: TrainingConfiguration, decays: Int) throws
        -> Adam
    {
        try Adam(
            model.tensors,
            learningRate: configuration.learningRate / pow(3, Double(decays)),
            weightDecay: configuration.weightDecay,
            clipNorm: configuration.clipNorm
        )
    }

    private func trainEpoch(
        shouldStop: () -> Bool,
        report: (TrainingEvent) throws -> Void,
        elapsed: () -> Duration
    ) throws {
        let epoch = UInt64(state.epoch)
        var order = SeededGenerator(seed: configuration.seed, streams: [3, epoch])
        let steps = try task.batches(of: model, configuration, random: &order)
        while state.step < steps.count {
            if shouldStop() {
                state.seconds += elapsed().seconds
                try save()
                throw TrainingError.interrupted(checkpoint: checkpoint?.path)
            }
            let start = clock.now
            let loss = try step(steps[state.step], epoch: epoch)
            state.trainingSeconds += (clock.now - start).seconds
            try report(
                .step(
                    epoch: state.epoch + 1,
                    step: state.step,
                    steps: steps.count,
                    loss: loss,
                    positionsPerSecond: Double(state.totalPositions) / max(state.trainingSeconds, 1e-9)
                )
            )
        }
    }

    private func step(_ plan: BatchPlan<Task.Batch>, epoch: UInt64) throws -> Double {
        var random = SeededGenerator(seed: configuration.seed, streams: [4, epoch, UInt64(state.step)])
        let (loss, positions) = try task.loss(model, plan(&random))
        let value = Double(try loss.scalar())
        try loss.backward()
        let norm = try optimizer.takeStep()
        guard value.isFinite, norm.isFinite else {
            throw TrainingError.notFinite(
                epoch: state.epoch + 1,
                step: state.step + 1,
                checkpoint: state.epoch > 0 ? checkpoint?.path : nil
            )
        }
        state.step += 1
        state.lossSum += value * Double(positions)
        state.positions += positions
        state.totalPositions += positions
        return value
    }
}

extension Trainer {
    private var names: [String] { model.tensorNames }

    private func weights() throws -> Weights {
        try Self.collect(names, model.tensors)
    }

    private static func collect(_ names: [String], _ tensors: [Tensor]) throws -> Weights {
        var weights = Weights()
        for (name, tensor) in zip(names, tensors) {
            weights[name] = try WeightTensor(shape: tensor.shape, values: tensor.floats())
        }
        return weights
    }

    private func assign(_ weights: Weights) throws {
        try Self.assign(weights, prefix: "", names, model.tensors)
    }

    private static func assign(_ weights: Weights, prefix: String, _ names: [String], _ tensors: [Tensor]) throws {
        for (name, tensor) in zip(names, tensors) {
            guard let source = weights[prefix + name] else { throw ModelError.missingParameter(prefix + name) }
            guard source.shape == tensor.shape else {
                throw ModelError.wrongShape(name, expected: tensor.shape, found: source.shape)
            }
            try tensor.assign(source.values)
        }
    }

    private func save() throws {
        guard let checkpoint else { return }
        state.optimizerStep = optimizer.step
        var tensors = Weights()
        let parts = [
            ("weights/", try weights()),
            ("first/", try Self.collect(names, optimizer.firstMoments)),
            ("second/", try Self.collect(names, optimizer.secondMoments)),
            ("best/", best ?? Weights()),
        ]
        for (prefix, part) in parts {
            for name in part.names { tensors[prefix + name] = part[name] }
        }
        try Checkpoint(
            configuration: configuration,
            dataDigest: task.dataDigest,
            state: state,
            tensors: tensors
        ).write(to: checkpoint)
    }

    private func restore(_ saved: Checkpoint, from url: URL) throws {
        var expected = configuration
        expected.epochs = saved.configuration.epochs
        guard saved.configuration == expected else {
            throw TrainingError.checkpointMismatch(
                "\(url.path) was made with other settings; resume with the same ones (only --epochs may differ), "
                    + "or start anew without --resume"
            )
        }
        guard saved.dataDigest == task.dataDigest else {
            throw TrainingError.checkpointMismatch(
                "\(url.path) was made with other data; resume with the same file, or start anew without --resume"
            )
        }
        state = saved.state
        optimizer = try Self.optimizer(model, configuration, decays: state.decays)
        optimizer.step = saved.state.optimizerStep
        try Self.assign(saved.tensors, prefix: "weights/", names, model.tensors)
        try Self.assign(saved.tensors, prefix: "first/", names, optimizer.firstMoments)
        try Self.assign(saved.tensors, prefix: "second/", names, optimizer.secondMoments)
        var best = Weights()
        for name in names { best[name] = saved.tensors["best/" + name] }
        self.best = best.names.isEmpty ? nil : best
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
