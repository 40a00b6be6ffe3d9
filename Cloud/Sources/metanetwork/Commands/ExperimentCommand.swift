import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkReports
import MetaNetworkSettings
import MetaNetworkTraining
import Torch

/// `metanetwork experiment`: what the files of `Experiments/` claim, measured.
struct ExperimentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiment",
        abstract: "Run the experiments of some files, and say which of their claims hold.",
        discussion: """
            Each method and seed leaves a record, results/NAME/PART/METHOD-SEED.json beside the file. What has its record is \
            not done again, so that an experiment goes on where it was ended; a record of other data or settings is done \
            again. Data are looked for in ./data and in the folder that METANETWORK_DATA names; where they are not, \
            the claims on them are undecided. docs/experiments.md describes the files.

            Examples:
              metanetwork experiment Experiments/strong-base.yaml
              metanetwork experiment Experiments/strong-base.yaml --list
              metanetwork experiment Experiments/*.yaml --quick
              metanetwork experiment Experiments/*.yaml --render docs/results.md
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var threads: ThreadOptions

    @Argument(help: "Files of experiments, in YAML.")
    var files: [String]

    @Option(help: ArgumentHelp("Folder that receives a report for each part.", valueName: "folder"))
    var out: String?

    @Flag(
        help:
            "Try everything on small made-up data: one seed, two epochs, no record; what is claimed means nothing then."
    )
    var quick = false

    @Flag(help: "List parts, methods, records and claims; measure nothing.")
    var list = false

    @Option(help: ArgumentHelp("Write what the records say to a page in Markdown; measure nothing.", valueName: "file"))
    var render: String?

    func validate() throws {
        guard [quick, list, render != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("--quick, --list and --render do different things; give one of them")
        }
    }

    func run() async throws {
        if list { return try show(read().map { try ExperimentListing($0) }) { $0.text } }
        if let render { return try write(read(), to: render) }
        try await show(measured()) { $0.parts.map { ResultTable($0).text() }.joined(separator: "\n") }
    }

    /// All files are read before any is run: a mistake in the last one should not come to light after hours.
    private func read() throws -> [ExperimentFile] { try files.map { try ExperimentFile($0, isQuick: quick) } }

    /// What the files measure.
    func measured() async throws -> [MeasuredExperiment] {
        let files = try read()
        let settings = try MergedSettings(
            ThreadSettings.declarations,
            flags: threads.given,
            environment: ProcessInfo.processInfo.environment,
            file: nil
        )
        let threads = settings.values(ThreadSettings.self)
        try threads.apply()
        let reports = try files.map { file in try file.parts.map { try reportFiles(file, $0) } }
        var measured: [MeasuredExperiment] = []
        for (file, reports) in zip(files, reports) {
            var parts: [ExperimentResult] = []
            for (part, report) in zip(file.parts, reports) {
                parts.append(try await result(file, part, threads, report))
            }
            measured.append(MeasuredExperiment(file, parts: parts))
        }
        return measured
    }

    private func result(
        _ file: ExperimentFile,
        _ part: ExperimentPart,
        _ threads: ThreadSettings,
        _ report: ReportFiles?
    ) async throws -> ExperimentResult {
        let progress = output.progress
        let result = try await withInterrupt(progress) { flag in
            try await PartRun(file, part, threads, progress).result(isQuick: quick, shouldStop: { flag.isSet })
        }
        try report?.write(result)
        return result
    }

    private func reportFiles(_ file: ExperimentFile, _ part: ExperimentPart) throws -> ReportFiles? {
        try out.map {
            try ReportFiles(
                in: URL(fileURLWithPath: $0).appendingPathComponent(file.name).appendingPathComponent(part.name)
            )
        }
    }

    /// The same words whether or not this machine has the data, so that a page is the same wherever it is made.
    private static let unmeasured = "not measured yet"

    private func write(_ files: [ExperimentFile], to path: String) throws {
        let measured = try files.map { file in
            MeasuredExperiment(
                file,
                parts: try file.parts.map { try $0.recorded(in: file, otherwise: Self.unmeasured) }
            )
        }
        let page = EvidencePage(measured).markdown
        try AtomicFile.write(Data(page.utf8), to: URL(fileURLWithPath: path))
        output.progress.message("wrote \(path)")
    }

    /// Prints one value a file: in one JSON object, or as text.
    private func show<Value: Encodable>(_ values: [Value], _ text: (Value) -> String) throws {
        if output.json { return try output.printJSON(["experiments": values]) }
        for value in values { print(text(value)) }
    }
}

/// One part of an experiment as it is run.
private struct PartRun {
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
        let methods = try part.methods.map { entry in
            ExperimentMethod(
                entry.method,
                group: entry.group,
                variant: entry.variant,
                template: try LearningSettings(entry.settings)
                    .configuration(model: entry.model, images: images(of: task)?.collection),
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

    /// Devices learn together, side by side, so that LibTorch has one thread for each.
    private func federated(
        on path: String,
        _ records: RecordFolder?,
        _ shouldStop: @escaping () -> Bool
    ) async throws -> ExperimentResult {
        let source = try FederatedSource(part.settings.reading(path)) { try $0.dataset(progress) }
        if records != nil, let first = part.methods[0].federates {
            try part.data.check(source.digest(first, seed: 1))
        }
        try LibTorch.setThreads(1)
        defer { try? threads.apply() }
        var label = ""
        return try await part.experiment(in: file, part.federatedMethods).run(
            source,
            workers: threads.threads,
            records: records,
            shouldStop: shouldStop
        ) { event in
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
        var observer = TrainingObserver(progress: progress, label: "")
        var label = ""
        let devices = ServedDevices(task: task, data: part.data.name) { done, total in
            if shouldStop() { throw TrainingError.interrupted(checkpoint: nil) }
            progress.update(label: label, done: done, total: total, detail: "\(done) of \(total) devices")
        }
        return try await experiment.run(task, records: records, shouldStop: shouldStop, live: devices) { event in
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
