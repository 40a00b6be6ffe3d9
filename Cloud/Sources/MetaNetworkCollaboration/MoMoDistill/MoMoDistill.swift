import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining
import Torch

/// The cloud learns from the models of devices, not from their rows alone (MoMoDistill of DCCL, arXiv 2104.06624), in two steps, as both
/// together end in a poor optimum:
///
/// 1. The base f learns each row, and what its device's model f^(m) says of it: CE(y, f(x)) + β·KL(f^(m)(x) ‖ f(x)).
/// 2. With f fixed, the basis Θ and an ``AuxiliaryEncoder`` U learn the same of proxies, whose patches are Θ·U(x, u, θ̂^(m)).
///
/// Where the paper leaves numbers open they are ours: β, the width of U, and that each step's rate is the configuration's.
package struct MoMoDistill<Task: DistillingTask> {
    private let trained: TrainedModel
    private let generator: MetaGenerator
    private let task: Task
    private let configuration: TrainingConfiguration
    private let weight: Double

    /// - Parameters:
    ///   - trained: A model with a basis, and a code for each device.
    ///   - task: The rows of these devices.
    ///   - configuration: Batch, step size, epochs and seed of both steps, and the settings of the generator.
    ///   - weight: β.
    package init(
        _ trained: TrainedModel,
        _ task: Task,
        _ configuration: TrainingConfiguration,
        weight: Double
    ) {
        guard let generator = trained.model.generator, generator.configuration.form.hasCodes else {
            preconditionFailure("what devices learned is distilled of a model with a basis")
        }
        (self.trained, self.generator, self.task, self.weight) = (trained, generator, task, weight)
        var own = configuration
        own.generator = generator.configuration
        self.configuration = own
    }

    // MARK: Step 1

    /// Trains the base further, until the last epoch or until validation stops improving, and keeps the epoch that is best on it.
    ///
    /// - Parameters:
    ///   - teacher: Who says what a row is, beside its label.
    ///   - shouldStop: Asked after each step; on `true` the run ends with ``TrainingError/interrupted(checkpoint:)``.
    /// - Throws: `TorchError`, or an error where a score is infinite or NaN.
    package func base(
        _ teacher: DistillingTeacher = .devices,
        shouldStop: () -> Bool = { false }
    ) throws -> TrainedModel {
        let settings = configuration.ofBase
        let student = try JointModel(
            settings.architecture,
            generator: nil,
            itemCount: task.itemNames.count,
            seed: settings.seed
        )
        let start = try trained.model.network.parameters.weights()
        try student.network.parameters.assign(start)
        let likelihood = try task.likelihood(of: student, settings)
        let metric = try task.validationMetric(settings.validationMetric)
        let before = try JointModel(settings.architecture, generator: nil, itemCount: task.itemNames.count, seed: 0)
        try before.network.parameters.assign(start)
        let old = GlobalLayers(parameters: before.network.parameters)
        var best: (value: Double, epoch: Int, weights: Weights)?
        try train(student.network.parameters.all, stream: 61, shouldStop) { batch in
            let own = GlobalLayers(parameters: student.network.parameters)
            let outputs = try task.outputs(student, batch, own, isTraining: true)
            let loss = try task.loss(of: outputs, batch)
            let said: Tensor
            switch teacher {
            case .nobody: return loss
            case .cloud: said = try withoutGradients { try task.outputs(before, batch, old, isTraining: false) }
            case .devices: said = try self.said(batch)
            }
            return try loss + likelihood.divergence(of: outputs, from: said) * weight
        } epoch: { epoch in
            let value = try task.validate(student, metric)
            if best.map({ value > $0.value }) ?? true {
                best = (value, epoch, try student.network.parameters.weights())
            }
            return settings.patience == 0 || epoch - (best?.epoch ?? epoch) < settings.patience
        }
        if let best { try student.network.parameters.assign(best.weights) }
        return TrainedModel(settings, student)
    }

    /// What the models of the devices say of their rows.
    private func said(_ batch: Task.Batch) throws -> Tensor {
        try withoutGradients {
            let layers = try generator.layers(
                generator.vectors(of: task.owners(batch).map(\.self)),
                generator.decoders(),
                global: GlobalLayers(parameters: trained.model.network.parameters)
            )
            return try task.outputs(trained.model, batch, layers, isTraining: false)
        }
    }

    // MARK: Step 2

    /// What the second step comes to.
    package struct Proxies {
        /// The new base with the new basis; the code of each device is the mean of what U makes of its rows, and of one without a row
        /// its cold start.
        package let model: TrainedModel
        /// Loss of the proxies, CE + β·KL, a mean over the rows of each epoch.
        package let losses: [Double]
        /// U.
        package let encoder: AuxiliaryEncoder
        private let features: [Float]
        private let start: [Float]

        /// - Parameters:
        ///   - student: The new base with the new basis; its codes are replaced.
        ///   - answers: What U makes of rows.
        ///   - start: The mean of the codes that devices learned.
        ///   - profiles: As in ``DistillingTask/profiles``.
        fileprivate init(
            _ student: TrainedModel,
            _ encoder: AuxiliaryEncoder,
            _ answers: Answers,
            losses: [Double],
            start: [Float],
            profiles: [[Float]]?
        ) throws {
            (self.encoder, self.losses, self.start, features) = (encoder, losses, start, answers.features)
            let codes = try answers.codes { [features] device in
                try Self.code(encoder, features, profiles?[device], start)
            }
            model = TrainedModel(
                student.configuration,
                student.model.with(try student.model.requiredGenerator.withFixedCodes(codes))
            )
        }

        /// The code that U makes of a device that learned nothing and has no row yet: of rows as they are on average, its user's profile
        /// and the mean of the codes that devices learned.
        ///
        /// - Parameter profile: As wide as the profiles of training; `nil` where there are none.
        package func coldStart(_ profile: [Float]? = nil) throws -> [Float] {
            try Self.code(encoder, features, profile, start)
        }

        private static func code(
            _ encoder: AuxiliaryEncoder,
            _ features: [Float],
            _ profile: [Float]?,
            _ start: [Float]
        ) throws -> [Float] {
            try withoutGradients {
                try encoder(
                    Tensor(features, shape: [1, features.count]),
                    profile.map { try Tensor($0, shape: [1, $0.count]) },
                    Tensor(start, shape: [1, start.count])
                ).floats()
            }
        }
    }

    /// Trains basis and auxiliary encoder over a base, which stays as it is.
    ///
    /// - Parameters:
    ///   - base: From ``base(_:shouldStop:)``.
    ///   - shouldStop: As in ``base(_:shouldStop:)``.
    /// - Throws: As ``base(_:shouldStop:)``.
    package func proxies(over base: TrainedModel, shouldStop: () -> Bool = { false }) throws -> Proxies {
        let profiles = task.profiles
        precondition(profiles.map { $0.count == task.userCount } ?? true, "a profile for each device of training")
        let student = try JointModel(
            configuration.architecture,
            generator: configuration.generator,
            itemCount: task.itemNames.count,
            userCount: task.userCount,
            seed: configuration.seed,
            over: base.model.network.parameters.weights()
        ).with(generator.withFixedCodes())
        let basis = student.requiredGenerator
        let global = GlobalLayers(parameters: student.network.parameters)
        let likelihood = try task.likelihood(of: student, configuration)
        let table = try profiles.map { try Tensor(rows: $0) }
        var (losses, sum): ([Double], (loss: Double, steps: Int)) = ([], (0, 0))
        var answers = Answers(devices: task.userCount)
        func inputs(_ batch: Task.Batch) throws -> (x: Tensor, u: Tensor?, theta: Tensor) {
            let owners = task.owners(batch)
            let rows = try Tensor(indices: owners.map(Int64.init), shape: [owners.count])
            let x = try withoutGradients { try task.features(student, batch) }
            return (x, try table?.rows(rows), try generator.vectors(of: owners.map(\.self)).detached())
        }
        let plan = try self.plan(0, stream: 62)
        var first = SeededGenerator(seed: configuration.seed, streams: [62])
        let width = try plan.first.map { try inputs($0(&first)).x.size(1) } ?? 1
        var random = SeededGenerator(seed: configuration.seed, streams: [63])
        let made = try AuxiliaryEncoder(
            features: width,
            profile: profiles?.first?.count ?? 0,
            code: generator.configuration.patches.rank,
            random: &random
        )
        try train(basis.parameters.all + made.tensors, stream: 62, shouldStop) { batch in
            let (x, u, theta) = try inputs(batch)
            let layers = try basis.layers(made(x, u, theta), basis.decoders(), global: global)
            let outputs = try task.outputs(student, batch, layers, isTraining: true)
            let loss =
                try task.loss(of: outputs, batch)
                + likelihood.divergence(of: outputs, from: said(batch)) * weight
            sum = (sum.loss + Double(try loss.scalar()), sum.steps + 1)
            return loss
        } epoch: { _ in
            losses.append(sum.loss / Double(max(1, sum.steps)))
            sum = (0, 0)
            return true
        }
        for (number, step) in plan.enumerated() {
            var random = SeededGenerator(seed: configuration.seed, streams: [64, UInt64(number)])
            let batch = try step(&random)
            let (x, u, theta) = try inputs(batch)
            try withoutGradients { try answers.add(made(x, u, theta).rows(), x.rows(), of: task.owners(batch)) }
        }
        return try Proxies(
            TrainedModel(configuration, student),
            made,
            answers,
            losses: losses,
            start: trained.basisStart(),
            profiles: profiles
        )
    }

    // MARK: Training

    private func plan(_ epoch: Int, stream: UInt64) throws -> [BatchPlan<Task.Batch>] {
        var order = SeededGenerator(seed: configuration.seed, streams: [stream, UInt64(epoch)])
        // Batches are those of the model with codes, which know whose their rows are.
        return try task.batches(of: trained.model, configuration, random: &order)
    }

    /// - Parameter finished: Receives the number of each epoch that is over; whether to go on.
    private func train(
        _ tensors: [Tensor],
        stream: UInt64,
        _ shouldStop: () -> Bool,
        loss: (Task.Batch) throws -> Tensor,
        epoch finished: (_ epoch: Int) throws -> Bool
    ) throws {
        let optimizer = try Adam(
            tensors,
            learningRate: configuration.learningRate,
            weightDecay: configuration.weightDecay,
            clipNorm: configuration.clipNorm
        )
        for epoch in 0..<configuration.epochs {
            for (number, step) in try plan(epoch, stream: stream).enumerated() {
                if shouldStop() { throw TrainingError.interrupted(checkpoint: nil) }
                var random = SeededGenerator(
                    seed: configuration.seed,
                    streams: [stream, UInt64(epoch), UInt64(number)]
                )
                try loss(step(&random)).backward()
                guard try optimizer.takeStep().isFinite else {
                    throw TrainingError.notFinite(epoch: epoch + 1, step: number + 1, checkpoint: nil)
                }
            }
            guard try finished(epoch) else { return }
        }
    }
}

/// What U makes of the rows of devices.
private struct Answers {
    private var sums: [[Double]]
    private var counts: [Int]
    private var featureSums: [Double] = []

    init(devices: Int) { (sums, counts) = (Array(repeating: [], count: devices), Array(repeating: 0, count: devices)) }

    mutating func add(_ codes: [[Float]], _ features: [[Float]], of owners: [Int]) {
        for ((code, row), owner) in zip(zip(codes, features), owners) {
            counts[owner] += 1
            sums[owner] = Self.sum(sums[owner], code)
            featureSums = Self.sum(featureSums, row)
        }
    }

    private static func sum(_ sums: [Double], _ row: [Float]) -> [Double] {
        sums.isEmpty ? row.map(Double.init) : zip(sums, row).map { $0 + Double($1) }
    }

    /// The mean for each device.
    ///
    /// - Parameter coldStart: Gives the code of a device without a row.
    func codes(_ coldStart: (_ device: Int) throws -> [Float]) rethrows -> [[Float]] {
        try zip(sums, counts).enumerated().map { device, pair in
            pair.1 == 0 ? try coldStart(device) : pair.0.map { Float($0 / Double(pair.1)) }
        }
    }

    /// The mean of all rows' features.
    var features: [Float] {
        let count = Double(max(1, counts.reduce(0, +)))
        return featureSums.map { Float($0 / count) }
    }
}
