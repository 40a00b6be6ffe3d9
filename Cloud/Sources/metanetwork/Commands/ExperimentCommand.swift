import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
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

            Started several times by torchrun, srun, mpirun or Kubeflow, the processes (ranks) share the records that are missing; rank 0 gets all \
            of them, says which claims hold, and writes reports (docs/scale.md). Exit status 75 where another rank is gone.

            Examples:
              metanetwork experiment Experiments/strong-base.yaml
              metanetwork experiment Experiments/strong-base.yaml --list
              metanetwork experiment Experiments/*.yaml --quick
              metanetwork experiment Experiments/*.yaml --render docs/results.md
              srun --nodes 4 --ntasks-per-node 1 metanetwork experiment Experiments/*.yaml --threads 1
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var device: DeviceOptions
    @OptionGroup var ranks: RankOptions

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
        // What is no measurement one process does, whoever started how many.
        if quick || list || render != nil, try RankPlace(environment: environment)?.rank ?? 0 > 0 { return }
        if list { return try show(read().map { try ExperimentListing($0) }) { $0.text } }
        if let render { return try write(read(), to: render) }
        let device = try MergedSettings(
            DeviceSettings.declarations,
            flags: self.device.given,
            environment: environment,
            file: nil
        )
        try device.values(DeviceSettings.self).apply()
        let launched = try quick ? LaunchedRanks(environment: [:]) : LaunchedRanks(environment: environment)
        let measured = try await measured(on: launched)
        guard launched.isFirst else { return }
        try show(measured) { $0.parts.map { ResultTable($0).text() }.joined(separator: "\n") }
    }

    /// All files are read before any is run: a mistake in the last one should not come to light after hours.
    private func read() throws -> [ExperimentFile] { try files.map { try ExperimentFile($0, isQuick: quick) } }

    private var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// What the files measure.
    ///
    /// - Parameter ranks: Who makes the records; the first one measures.
    /// - Returns: Nothing on the other ranks.
    func measured(on ranks: LaunchedRanks) async throws -> [MeasuredExperiment] {
        let files = try read()
        var settings = try MergedSettings(
            ThreadSettings.declarations + RankSettings.declarations,
            flags: threads.given + self.ranks.given,
            environment: environment,
            file: nil
        )
        settings.assume(ThreadSettings.Settings.threads, ranks.threads)
        let threads = settings.values(ThreadSettings.self)
        try threads.apply()
        let reports = try ranks.isFirst ? files.map { file in try file.parts.map { try reportFiles(file, $0) } } : []
        if ranks.group.size > 1 {
            let shared = try ExperimentRanks(files, ranks, waitingAtMost: settings.values(RankSettings.self).timeout)
            try await make(files, shared, threads, ranks)
            guard ranks.isFirst else { return [] }
        }
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

    /// Has all ranks make the records that are missing.
    private func make(
        _ files: [ExperimentFile],
        _ shared: ExperimentRanks,
        _ threads: ThreadSettings,
        _ ranks: LaunchedRanks
    ) async throws {
        let progress = ranks.isFirst ? output.progress : ProgressReporter(isQuiet: true, warns: false)
        try await withInterrupt(progress) { flag in
            try await shared.make(shouldStop: { flag.isSet }) { file, part, runs, shouldStop in
                try await PartRun(file, part, threads, progress).make(runs, shouldStop: shouldStop)
            }
        }
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
