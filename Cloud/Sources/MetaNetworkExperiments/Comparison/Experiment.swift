import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

/// Methods that are trained with each seed and measured on the same data and lists, and what is claimed of them.
package struct Experiment {
    /// Its name.
    package var name: String
    /// What the user calls the data.
    package var data: String
    /// Where the data come from, in words.
    package var source: String?
    /// The methods; a base before what is compared with it.
    package let methods: [ExperimentMethod]
    /// The seeds.
    package var seeds: [UInt64]
    /// What is claimed; `nil` for what a comparison is always asked: whether each method beats its base and its controls.
    package var claims: [Claim]?
    /// Draws subjects and seeds for the intervals.
    package var bootstrap: PairedBootstrap
    /// How much of each run is kept.
    package var detail = RecordedScores.Detail.everything
    /// Where the trainings of its variants save their states.
    package var checkpoints = RunCheckpoints.none
    /// The settings as the user gave them, by key.
    package var settings: [String: String]
    /// The command line that repeats it.
    package var command: String

    /// Creates an experiment.
    ///
    /// - Precondition: There is at least one method and one seed.
    package init(
        name: String,
        data: String,
        methods: [ExperimentMethod],
        seeds: [UInt64],
        bootstrap: PairedBootstrap = PairedBootstrap(),
        settings: [String: String] = [:],
        command: String = ""
    ) {
        precondition(!methods.isEmpty && !seeds.isEmpty, "an experiment needs a method and a seed")
        (self.name, self.data, self.methods, self.seeds) = (name, data, methods, seeds)
        (self.bootstrap, self.settings, self.command) = (bootstrap, settings, command)
    }

    /// What an experiment reports while it runs.
    package enum Event {
        /// A run begins.
        case began(ExperimentRun)
        /// A record of the run is there, so that nothing is done.
        case kept(ExperimentRun)
        /// A record is there of something else, with what differs; the run is done again.
        case stale(ExperimentRun, String)
        /// The run's training reports.
        case training(TrainingEvent)
        /// Devices that learn together have made so many models of all.
        case rounds(done: Int, of: Int)
        /// The run was measured, and where it trained a model, this is it.
        case finished(ExperimentRun, Run, TrainedModel?)
    }

    /// Runs everything that has no record.
    ///
    /// - Parameters:
    ///   - task: What is learned.
    ///   - folder: Where records are kept; `nil` keeps none. Its methods have keys.
    ///   - shouldStop: Asked after each training step; on `true` the experiment ends with an error.
    ///   - live: Serves models to devices, for methods that ask for it.
    ///   - report: Receives progress, and each trained model before it is let go.
    /// - Returns: What was measured.
    package func run(
        _ task: some LearningTask,
        records folder: RecordFolder? = nil,
        shouldStop: () -> Bool = { false },
        live: (any LivingDevices)? = nil,
        report: (Event) throws -> Void
    ) async throws -> ExperimentResult {
        var models = TrainedModels(for: methods)
        return try await result(records: folder, report) { run in
            try await self.record(run, task, &models, shouldStop, live, report)
        }
    }

    /// Makes the records of some runs, as where several processes share them; none of the others is looked at.
    ///
    /// - Parameters:
    ///   - runs: The runs.
    ///   - task: What is learned.
    ///   - folder: Where records are kept.
    ///   - shouldStop: Asked after each training step; on `true` the experiment ends with an error.
    ///   - live: Serves models to devices, for methods that ask for it.
    ///   - report: Receives progress.
    package func make(
        _ runs: Set<RunName>,
        _ task: some LearningTask,
        records folder: RecordFolder,
        shouldStop: () -> Bool = { false },
        live: (any LivingDevices)? = nil,
        report: (Event) throws -> Void
    ) async throws {
        var models = TrainedModels(for: methods)
        _ = try await records(of: runs, folder, report) { run in
            try await self.record(run, task, &models, shouldStop, live, report)
        }
    }

    /// Makes the records that are not there, and builds the result of all.
    ///
    /// - Parameters:
    ///   - folder: Where records are kept; `nil` keeps none.
    ///   - report: Receives progress.
    ///   - make: Makes the record of one run.
    func result(
        records folder: RecordFolder?,
        _ report: (Event) throws -> Void,
        make: (ExperimentRun) async throws -> ExperimentRecord
    ) async throws -> ExperimentResult {
        try ResultBuilder(frame).result(await records(of: nil, folder, report, make: make))
    }

    /// The records of some runs, or of all; makes those that are not there.
    func records(
        of runs: Set<RunName>?,
        _ folder: RecordFolder?,
        _ report: (Event) throws -> Void,
        make: (ExperimentRun) async throws -> ExperimentRecord
    ) async throws -> [MethodRecords] {
        var measured: [MethodRecords] = []
        var number = 0
        for method in methods {
            var records: [ExperimentRecord] = []
            for seed in seeds {
                number += 1
                let run = ExperimentRun(
                    number: number,
                    count: methods.count * seeds.count,
                    method: method,
                    seed: seed
                )
                if let runs, !runs.contains(run.name) { continue }
                if let kept = try kept(run, folder, report) {
                    records.append(kept)
                    continue
                }
                let record: ExperimentRecord
                if let counted = try repeated(records.first, run, report) {
                    record = counted
                } else {
                    record = try await make(run)
                }
                try folder?.save(record, of: method.method.name)
                records.append(record)
            }
            measured.append(MethodRecords(method: method.method, model: method.group, records: records))
        }
        return measured
    }

    private var frame: ExperimentFrame {
        ExperimentFrame(
            name: name,
            source: source,
            claims: claims,
            bootstrap: bootstrap,
            settings: settings,
            command: command
        )
    }

    private func kept(
        _ run: ExperimentRun,
        _ folder: RecordFolder?,
        _ report: (Event) throws -> Void
    ) throws -> ExperimentRecord? {
        guard let folder else { return nil }
        switch try folder.find(run.method.method.name, run.key, defaults: run.method.defaults) {
        case .fresh(let record):
            try report(.kept(run))
            return record
        case .stale(let difference):
            try report(.stale(run, difference))
            return nil
        case .missing: return nil
        }
    }

    /// What is counted is the same whatever the seed: the first seed's record, under the seed of a later run.
    private func repeated(
        _ first: ExperimentRecord?,
        _ run: ExperimentRun,
        _ report: (Event) throws -> Void
    ) throws -> ExperimentRecord? {
        guard run.method.variant.isCounted, let record = first?.repeated(with: run) else { return nil }
        try report(.began(run))
        try report(.finished(run, record.run, nil))
        return record
    }

    private func record(
        _ run: ExperimentRun,
        _ task: some LearningTask,
        _ models: inout TrainedModels,
        _ shouldStop: () -> Bool,
        _ live: (any LivingDevices)?,
        _ report: (Event) throws -> Void
    ) async throws -> ExperimentRecord {
        try report(.began(run))
        let measured: MeasuredRun
        if let devices = run.method.devices {
            guard let live else {
                preconditionFailure("'\(run.method.method.name)' has devices, and nobody serves them")
            }
            let model = try served(run, task, &models, shouldStop, report)[0]
            measured = try MeasuredRun(model, run.method.method, try await live.lived(model, devices))
        } else if let asking = run.method.asks {
            let served = try served(run, task, &models, shouldStop, report)
            measured = try asking.measure(served, run.method.method, on: task, seed: run.seed)
        } else if let keeping = run.method.keeps {
            let served = try served(run, task, &models, shouldStop, report)
            measured = try keeping.measure(served, run.method.method, on: task, seed: run.seed)
        } else if let attacking = run.method.attacks {
            measured = try attacked(attacking, run, task, &models, shouldStop, report)
        } else if let learning = run.method.learns {
            let served = try served(run, task, &models, shouldStop, report)
            measured = try learning.measure(
                served,
                patches: run.method.template.generator?.patches ?? GeneratorConfiguration.Patches(),
                run.method.method,
                on: task,
                seed: run.seed
            )
        } else if let anchoring = run.method.anchors {
            let served = try served(run, task, &models, shouldStop, report)
            measured = try anchoring.measure(served, run.method.method, on: task, seed: run.seed)
        } else if let onDevice = run.method.onDevice {
            let served = try served(run, task, &models, shouldStop, report)
            var settings = run.method.template
            settings.seed = run.seed
            measured = try onDevice.measure(served, run.method.method, on: task, settings, shouldStop: shouldStop)
        } else {
            measured =
                try await paired(run, task, shouldStop, live, report)
                ?? measure(run, task, &models, shouldStop, report)
        }
        try report(.finished(run, measured.run, measured.trained))
        return ExperimentRecord(
            measured,
            of: task,
            data: data,
            bootstrap,
            detail,
            key: run.method.key == nil ? nil : run.key
        )
    }

    /// Attacks a model that was trained on the data, or trains one on data that were attacked.
    private func attacked(
        _ attacking: Attacking,
        _ run: ExperimentRun,
        _ task: some LearningTask,
        _ models: inout TrainedModels,
        _ shouldStop: () -> Bool,
        _ report: (Event) throws -> Void
    ) throws -> MeasuredRun {
        guard let ranking = task as? RankingTask, let poisoned = try attacking.poisoned(ranking, seed: run.seed) else {
            let served = try served(run, task, &models, shouldStop, report)
            return try attacking.measure(served, run.method.method, on: task, seed: run.seed)
        }
        var settings = run.method.template
        settings.seed = run.seed
        let trained = try run.method.variant.models(settings, on: poisoned.task, shouldStop: shouldStop) {
            try report(.training($0))
        }
        return try attacking.measure(trained[0], pushing: poisoned.target, run.method.method, on: ranking)
    }

    /// Trains the device's model and the cloud's, and measures what they do together; `nil` where there is one model.
    private func paired(
        _ run: ExperimentRun,
        _ task: some LearningTask,
        _ shouldStop: () -> Bool,
        _ live: (any LivingDevices)?,
        _ report: (Event) throws -> Void
    ) async throws -> MeasuredRun? {
        if let (deferring, cloud) = run.method.defers {
            return try await deferring.measure(
                run.method.template,
                cloud: cloud,
                run.method.method,
                on: task,
                seed: run.seed,
                shouldStop: shouldStop,
                serve: live.map { live in { try await live.answered($0) } }
            ) { try report(.training($0)) }
        }
        if let (adapting, teacher) = run.method.adapts {
            return try await adapting.measure(
                run.method.template,
                teacher: teacher,
                run.method.method,
                on: task,
                seed: run.seed,
                shouldStop: shouldStop,
                serve: live.map { live in { try await live.adapted($0) } }
            ) { try report(.training($0)) }
        }
        return nil
    }

    /// Makes the method's variant and measures it in this process.
    private func measure(
        _ run: ExperimentRun,
        _ task: some LearningTask,
        _ models: inout TrainedModels,
        _ shouldStop: () -> Bool,
        _ report: (Event) throws -> Void
    ) throws -> MeasuredRun {
        let measured = try run.method.variant.measure(
            run.method.template,
            seed: run.seed,
            on: task,
            base: models.base(of: run),
            encoder: models.encoder(of: run, itemCount: task.itemNames.count),
            checkpoints: checkpoints,
            shouldStop: shouldStop
        ) { try report(.training($0)) }
        models.keep(measured.models, of: run)
        return measured
    }

    /// The models that a run's devices run, one a fold: those of a method before it, or trained here and measured by nobody.
    private func served(
        _ run: ExperimentRun,
        _ task: some LearningTask,
        _ models: inout TrainedModels,
        _ shouldStop: () -> Bool,
        _ report: (Event) throws -> Void
    ) throws -> [TrainedModel] {
        if let served = try models.served(run, itemCount: task.itemNames.count) { return served }
        var settings = run.method.template
        settings.seed = run.seed
        let trained = try run.method.variant.models(
            settings,
            on: task,
            base: models.base(of: run),
            encoder: models.encoder(of: run, itemCount: task.itemNames.count),
            shouldStop: shouldStop
        ) { try report(.training($0)) }
        models.keep(trained, of: run)
        return trained
    }
}
