import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Trains a device model and its MetaGenerator on the training part of some data.
///
/// With one thread, the same configuration and data give the same weights, bit for bit, whether or not the run was
/// interrupted and resumed, and on any number of ranks.
final class Trainer<Task: LearningTask> {
    /// The settings.
    let configuration: TrainingConfiguration
    let model: JointModel
    let task: Task
    let checkpoint: SharedCheckpoint?
    var optimizer: Adam
    var state = TrainingState()
    /// The weights of the best epoch.
    var best: Weights?
    private let metric: ValidationMetric
    /// Where the run was in the state that ``checkpoint`` has, on the rank that keeps it; `nil` where it has none of this run.
    var kept: (epoch: Int, step: Int)?
    private let ranks: any RankGroup
    /// Adds up what pieces give; `nil` where a step is one piece on one rank.
    let pieced: PiecedGradient?
    /// What the last step told all that any rank asked for.
    private var asked: StepRequests = []
    private let every: Duration?
    private let clock = ContinuousClock()
    /// When the state was saved last, or the run began.
    private var saved = ContinuousClock.now

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - configuration: The settings; every value is checked.
    ///   - task: What is learned.
    ///   - checkpoint: Where the state is saved after each epoch and on interruption; `nil` saves nothing.
    ///   - every: The time after which it is saved within an epoch too; `nil` for never.
    ///   - resume: Whether to go on from the checkpoint, which must exist and fit.
    ///   - start: What the model starts from; see ``Training``.
    ///   - ranks: The processes that train it together, each with the same settings and data.
    /// - Throws: ``TrainingError``, `ModelError`, `ArchitectureError`, `RankError`, or `FileError` where the checkpoint cannot be read.
    init(
        _ configuration: TrainingConfiguration,
        _ task: Task,
        checkpoint: (any StatePlace)? = nil,
        every: Duration? = nil,
        resume: Bool = false,
        from start: TrainingConfiguration.Start = .init(),
        on ranks: any RankGroup = OneRank()
    ) throws {
        let shared = checkpoint.map { SharedCheckpoint($0, ranks) }
        let saved = try resume ? shared?.read() : nil
        let pieces = configuration.pieces ?? saved.map { $0.header.configuration.pieces ?? 1 } ?? ranks.size
        var configuration = configuration
        // What is one piece by itself is saved as before there were pieces.
        if pieces > 1 || ranks.size > 1 { configuration.pieces = pieces }
        try configuration.validate()
        try Task.check(configuration.architecture)
        (self.configuration, self.task, self.ranks, self.checkpoint, self.every) = (
            configuration, task, ranks, shared, every
        )
        metric = try task.validationMetric(configuration.validationMetric)
        model = try configuration.model(itemCount: task.itemNames.count, userCount: task.userCount, from: start)
        try task.prepare(model, configuration)
        let isWhole = pieces == 1 && ranks.size == 1
        pieced =
            try isWhole
            ? nil : PiecedGradient(of: model.tensors, tables: model.largeTables, pieces: pieces, on: ranks)
        let decays = if let saved { saved.header.state.decays } else { 0 }
        optimizer = try Self.optimizer(model, configuration, decays: decays, pieced)
        if let saved, let shared { try restore(saved, from: shared) }
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
        saved = clock.now
        var isClaimed = false
        while state.epoch < configuration.epochs, try isWorthAnEpoch() {
            let start = clock.now
            let before = state.seconds
            let seconds = { before + (self.clock.now - start).seconds }
            let point: EpochPoint
            do {
                // A stage that is over takes no step: whether the next one's state fits is not known yet.
                if !isClaimed { try checkpoint?.claim() }
                isClaimed = true
                try trainEpoch(shouldStop: shouldStop, report: report, seconds: seconds)
                point = try finishEpoch(report: report, seconds: seconds)
            } catch let error as RankError {
                state.seconds = seconds()
                throw ending(error)
            }
            try report(.epoch(point, metric: metric.description, seconds: (clock.now - start).seconds))
            if hasStoppedImproving, state.decays == configuration.decays, state.epoch < configuration.epochs {
                let best = state.best?.epoch ?? state.epoch
                try report(.earlyStop(epoch: state.epoch, bestEpoch: best, metric: metric.description))
            }
        }
        if let best { try assign(best) }
        return TrainedModel(configuration: configuration, model: model, state: state, metric: metric)
    }

    /// Validates the model and saves the state.
    ///
    /// - Parameter seconds: What the run took until now.
    private func finishEpoch(
        report: (TrainingEvent) throws -> Void,
        seconds: () -> Double
    ) throws -> EpochPoint {
        try pieced?.tables.complete()
        // Every rank measures it: that takes no longer, and what differs in the last bit parts no ranks.
        let validation = try ranks.agreed(task.validate(model, metric))
        state.epoch += 1
        let point = EpochPoint(
            epoch: state.epoch,
            loss: state.lossSum / Double(max(1, state.positions)),
            validation: validation
        )
        state.curve.append(point)
        (state.step, state.lossSum, state.positions) = (0, 0, 0)
        state.seconds = seconds()
        if state.best == point { best = try weights() }
        try saveOrGoOn(report)
        return point
    }

    /// What the run ends with after another rank was lost; the first one saves the state before, as far as it can: whatever is in the way of that, all
    /// ranks do better when they are started again, but where another run has the place.
    private func ending(_ error: RankError) -> TrainingError {
        var text = error.description
        let isSaved = kept?.epoch == state.epoch && kept?.step == state.step
        // Rows and moments of divided tables are lost with the rank that had them: what was saved before counts.
        if let checkpoint, ranks.isFirst, !isSaved, pieced?.tables.areApart != true {
            // The others are no longer there to wait for it.
            do {
                try save(to: SharedCheckpoint(checkpoint.place, OneRank()))
            } catch TrainingError.stateTaken(let reason) {
                return .stateTaken(reason)
            } catch {
                text += "; what was trained since the last state is not saved: \(error)"
            }
        }
        return .rankLost(text, checkpoint: kept == nil ? nil : checkpoint?.path)
    }

    /// Saves the state where its place can be reached; where not, the next time does.
    private func saveOrGoOn(_ report: (TrainingEvent) throws -> Void) throws {
        guard let checkpoint else { return }
        defer { (saved, asked) = (clock.now, asked.subtracting(.save)) }
        do { try save(to: checkpoint) } catch TrainingError.stateAway(let reason) { try report(.notSaved(reason)) }
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
        optimizer = try Self.optimizer(model, configuration, decays: state.decays, pieced)
        return true
    }

    static func optimizer(
        _ model: JointModel,
        _ configuration: TrainingConfiguration,
        decays: Int,
        _ pieced: PiecedGradient?
    ) throws -> Adam {
        try Adam(
            model.tensors,
            learningRate: configuration.learningRate / pow(3, Double(decays)),
            weightDecay: configuration.weightDecay,
            clipNorm: configuration.clipNorm,
            shares: pieced.map(\.tables.shares) ?? [:]
        )
    }

    private func trainEpoch(
        shouldStop: () -> Bool,
        report: (TrainingEvent) throws -> Void,
        seconds: () -> Double
    ) throws {
        let epoch = UInt64(state.epoch)
        var order = SeededGenerator(seed: configuration.seed, streams: [3, epoch])
        let steps = try task.steps(of: model, configuration, random: &order)
        while state.step < steps.count {
            if ranks.size == 1 { asked = requests(shouldStop) }
            try answer(asked, report, seconds)
            let start = clock.now
            let loss = try step(of: steps, epoch: epoch, shouldStop)
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

    /// What this process asks for.
    private func requests(_ shouldStop: () -> Bool) -> StepRequests {
        if shouldStop() { return .stop }
        guard ranks.isFirst, checkpoint != nil, let every, clock.now - saved >= every else { return [] }
        return .save
    }

    /// Does what was asked for before the next step.
    ///
    /// - Throws: ``TrainingError/interrupted(checkpoint:)``.
    private func answer(
        _ asked: StepRequests,
        _ report: (TrainingEvent) throws -> Void,
        _ seconds: () -> Double
    ) throws {
        guard !asked.isEmpty else { return }
        state.seconds = seconds()
        try pieced?.tables.complete()
        guard asked.contains(.stop) else { return try saveOrGoOn(report) }
        if let checkpoint { try save(to: checkpoint) }
        throw TrainingError.interrupted(checkpoint: checkpoint?.path)
    }

    private func step(
        of steps: EpochSteps<Task.Batch>,
        epoch: UInt64,
        _ shouldStop: () -> Bool
    ) throws -> Double {
        let (value, positions, norm) = try takeStep(of: steps, epoch: epoch, shouldStop)
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

    /// Takes a step along the gradient of the pieces.
    ///
    /// - Returns: The loss, a mean over the positions, their number, and the norm of the gradient.
    private func takeStep(
        of steps: EpochSteps<Task.Batch>,
        epoch: UInt64,
        _ shouldStop: () -> Bool
    ) throws -> (loss: Double, positions: Int, norm: Double) {
        func batch(of piece: Int) throws -> Task.Batch? {
            guard let plan = try steps.plan(state.step, piece) else { return nil }
            let streams = [4, epoch, UInt64(state.step)] + (configuration.pieces ?? 1 > 1 ? [UInt64(piece)] : [])
            var random = SeededGenerator(seed: configuration.seed, streams: streams)
            return try plan(&random)
        }
        guard let pieced else {
            guard let whole = try batch(of: 0) else { preconditionFailure("a step has a piece") }
            let (loss, positions) = try task.loss(model, whole)
            // A GPU has the whole step queued before anybody waits for a number of it.
            try loss.backward()
            return (Double(try loss.scalar()), positions, try optimizer.takeStep())
        }
        let batches = try pieced.own.map { try batch(of: $0) }
        try pieced.tables.fetch(batches.compactMap { $0.map { task.rows(readBy: $0) } })
        let step = try pieced.step(asking: ranks.size > 1 ? requests(shouldStop) : []) { piece in
            try batches[piece - pieced.own.lowerBound].map { try task.loss(model, $0) }
        }
        asked = step.asked
        return (step.loss, step.positions, try optimizer.takeStep(along: step.rows, squares: step.squares))
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
