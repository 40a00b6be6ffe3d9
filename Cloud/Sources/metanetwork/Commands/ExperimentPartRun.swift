import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkSettings
import MetaNetworkTraining
import Torch

/// One part of an experiment as it is run.
struct PartRun {
    private let file: ExperimentFile
    private let part: ExperimentPart
    private let threads: ThreadSettings
    private let progress: ProgressReporter

    init(_ file: ExperimentFile, _ part: ExperimentPart, _ threads: ThreadSettings, _ progress: ProgressReporter) {
        (self.file, self.part, self.threads, self.progress) = (file, part, threads, progress)
    }

    /// What was measured: from records as far as they are there.
    ///
    /// Where all records are there the data are not read.
    func result(isQuick: Bool, shouldStop: @escaping () -> Bool) async throws -> ExperimentResult {
        if isQuick { return try await onStandIn(shouldStop) }
        guard let path = try part.hasAllRecords(in: file) ? nil : part.data.find() else {
            return try part.recorded(in: file, otherwise: "the data '\(part.data.name)' are not there")
        }
        if part.isFederated { return try await federated(on: path, file.records(of: part), shouldStop) }
        let (task, experiment) = try experiment(on: path)
        try part.data.check(task.dataDigest)
        return try await run(experiment, task, file.records(of: part), shouldStop)
    }

    /// Makes the records of some runs and measures nothing else, as where several processes share them.
    func make(_ runs: Set<RunName>, shouldStop: @escaping () -> Bool) async throws {
        guard let path = part.data.find() else {
            throw ConfigurationError(
                "the data '\(part.data.name)' were there and are gone; put them back and start again"
            )
        }
        let records = file.records(of: part)
        if part.isFederated {
            return try await federated(on: path, isChecked: true) { source, report in
                try await part.experiment(in: file, part.federatedMethods)
                    .make(
                        runs,
                        source,
                        workers: threads.threads,
                        records: records,
                        shouldStop: shouldStop,
                        report: report
                    )
            }
        }
        let (task, experiment) = try experiment(on: path)
        try part.data.check(task.dataDigest)
        try await reported(task, shouldStop) { devices, report in
            try await experiment.make(
                runs,
                task,
                records: records,
                shouldStop: shouldStop,
                live: devices,
                report: report
            )
        }
    }

    private func onStandIn(_ shouldStop: @escaping () -> Bool) async throws -> ExperimentResult {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        if part.isFederated { return try await federated(on: StandIn(part).write(to: folder), nil, shouldStop) }
        var (task, experiment) = try experiment(on: StandIn(part).write(to: folder))
        if let images = images(of: task) {
            // A device of each kind and level is enough to try with.
            task = EpisodicTask(
                try ShiftedImages(
                    images.collection,
                    kinds: images.kinds,
                    testKinds: images.testKinds,
                    samples: images.samples,
                    devicesOfLevel: 1
                )
            )
        }
        return try await run(experiment, task, nil, shouldStop)
    }

    private func images(of task: any LearningTask) -> ShiftedImages? {
        (task as? EpisodicTask)?.source as? ShiftedImages
    }

    private func experiment(on path: String) throws -> (any SimulatedTask, Experiment) {
        var models: [String] = []
        for entry in part.methods where !models.contains(entry.model) { models.append(entry.model) }
        let (task, _) = try LearningSettings(part.settings.reading(path)).learning(models, progress)
        let moment = (task as? RankingTask)?.moment ?? []
        let methods = try part.methods.map { entry in
            ExperimentMethod(
                entry.method,
                group: entry.group,
                variant: entry.variant,
                template: try LearningSettings(entry.settings)
                    .configuration(model: entry.model, images: images(of: task)?.collection, moment: moment),
                devices: entry.devices,
                asks: entry.asks,
                keeps: entry.keeps,
                learns: entry.learns,
                anchors: entry.anchors,
                attacks: entry.attacks,
                onDevice: entry.onDevice,
                defers: try entry.defers.map { defers in
                    (defers, try LearningSettings(entry.settings).configuration(model: defers.cloud).architecture)
                },
                adapts: try entry.adapts.map { adapts in
                    (adapts, try LearningSettings(entry.settings).configuration(model: adapts.teacher).architecture)
                },
                key: entry.key,
                defaults: entry.defaults
            )
        }
        return (task, part.experiment(in: file, methods))
    }

    private func federated(
        on path: String,
        _ records: RecordFolder?,
        _ shouldStop: @escaping () -> Bool
    ) async throws -> ExperimentResult {
        try await federated(on: path, isChecked: records != nil) { source, report in
            try await part.experiment(in: file, part.federatedMethods)
                .run(source, workers: threads.threads, records: records, shouldStop: shouldStop, report: report)
        }
    }

    /// Devices learn together, side by side, so that LibTorch has one thread for each; on the processor, as many small models are.
    ///
    /// - Parameter isChecked: Whether the data must be those of the file.
    private func federated<Value>(
        on path: String,
        isChecked: Bool,
        _ body: (FederatedSource, (Experiment.Event) throws -> Void) async throws -> Value
    ) async throws -> Value {
        let device = LibTorch.device
        try LibTorch.use(.cpu)
        defer { try? LibTorch.use(device) }
        let source = try FederatedSource(part.settings.reading(path)) { try $0.dataset(progress) }
        if isChecked, let first = part.methods[0].federates {
            try part.data.check(source.digest(first, seed: 1))
        }
        try LibTorch.setThreads(1)
        defer { try? threads.apply() }
        var label = ""
        return try await body(source) { event in
            if case .rounds(let done, let count) = event {
                progress.update(label: label, done: done, total: count, detail: "models")
            } else {
                label = report(event) ?? label
            }
        }
    }

    /// Says what begins, or need not be done.
    ///
    /// - Returns: The label of progress of a run that begins.
    private func report(_ event: Experiment.Event) -> String? {
        switch event {
        case .began(let run): return name(run)
        case .kept(let run): progress.message("\(name(run)): the record is there")
        case .stale(let run, let difference):
            progress.message("\(name(run)): the record is stale and is made again: \(difference)")
        case .training, .rounds, .finished: break
        }
        return nil
    }

    private func run(
        _ experiment: Experiment,
        _ task: some LearningTask,
        _ records: RecordFolder?,
        _ shouldStop: @escaping () -> Bool
    ) async throws -> ExperimentResult {
        try await reported(task, shouldStop) { devices, report in
            try await experiment.run(task, records: records, shouldStop: shouldStop, live: devices, report: report)
        }
    }

    /// Does work with its progress, and with devices that are served.
    private func reported<Value>(
        _ task: any LearningTask,
        _ shouldStop: @escaping () -> Bool,
        _ body: (any LivingDevices, (Experiment.Event) throws -> Void) async throws -> Value
    ) async throws -> Value {
        var observer = TrainingObserver(progress: progress, label: "")
        var label = ""
        let devices = ServedDevices(task: task, data: part.data.name) { done, total in
            if shouldStop() { throw TrainingError.interrupted(checkpoint: nil) }
            progress.update(label: label, done: done, total: total, detail: "\(done) of \(total) devices")
        }
        return try await body(devices) { event in
            if case .training(let event) = event {
                try observer.report(event)
            } else if let began = report(event) {
                label = began
                observer = TrainingObserver(progress: progress, label: "\(label): ")
            }
        }
    }

    private func name(_ run: ExperimentRun) -> String {
        "[\(run.number)/\(run.count)] \(part.name) \(run.method.method.name) seed \(run.seed)"
    }
}
