import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkTraining
import Torch

/// A published ranker that is trained again: choices → `metanetwork train` in a process of its own → quality gate → candidate.
struct ModelRetraining {
    let registry: any BundleStore
    let model: String
    /// The bundle that is trained; beside it lie the checkpoint, the choices of an unfinished run, the lock and the records.
    let out: URL
    let data: DataSettings
    /// The flags of `train`.
    let flags: [Given]
    /// The file of settings, for `train`.
    let config: String?
    /// Share of the devices that a new version is tried on.
    let share: Double
    /// Who vouches for a new version.
    let signing: ReleaseSigning
    let progress: ProgressReporter
    /// Flags of what `train` prints.
    let printing: [String]

    /// The file with what came of each time.
    var records: URL { out.appendingPathExtension("retrain.jsonl") }
    /// Where training keeps its state.
    private var checkpoint: StateFile { StateFile(out.appendingPathExtension("checkpoint")) }

    /// The choices as they were when the run began, so that one that was interrupted goes on with the same.
    private var snapshot: URL { out.appendingPathExtension("choices.csv") }
    /// Which choices those are.
    private var selectionFile: URL { out.appendingPathExtension("choices.json") }

    /// Which shared samples training learns from.
    private struct Selection: Codable, Equatable {
        let model, purpose: String?
        let fewestDevices, mostPerDevice: Int
        let outlierScore: Double

        init(_ settings: DataSettings) {
            (model, purpose) = (settings.eventsModel, settings.purpose)
            (fewestDevices, mostPerDevice) = (settings.fewestDevices, settings.mostPerDevice)
            outlierScore = settings.outlierScore
        }

        /// - Returns: `nil` where there is no such file, or it was cut short.
        init?(contentsOf file: URL) throws {
            guard FileManager.default.fileExists(atPath: file.path),
                let read = try? JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
            else { return nil }
            self = read
        }
    }

    /// Trains once, if there is something new.
    ///
    /// - Parameter shouldStop: Whether the user asked to end.
    /// - Throws: ``ConfigurationError`` where another process does the same or training fails; what reading and publishing throw. What
    ///   was trained so far stays, and the next call goes on.
    func run(shouldStop: () -> Bool) async throws -> RetrainingRecord {
        try FileManager.default.createDirectory(
            at: out.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        let lock = try locked()
        defer { lock.release() }
        let releases = try await registry.releases(of: model)
        var record = RetrainingRecord(
            time: Int(Date().timeIntervalSince1970),
            outcome: .waiting,
            reason: "",
            current: releases.current
        )
        if let candidate = releases.candidate {
            record.reason = "candidate \(candidate.version.prefix(16)) is tried out; promote it or roll it back first"
            return try finished(record)
        }
        let log = try choices()
        let dataset = try InteractionDataset(log, kCore: data.kCore, split: data.split, keepsMoments: true)
        record.data = dataset.digest(reading: data.eventContext)
        if RetrainingRecord.last(in: records)?.data == record.data {
            record.outcome = .unchanged
            record.reason = "no choice came since the last time"
            try forgetRun()
            return try finished(record)
        }
        try await train(shouldStop: shouldStop)
        let trained = try BundleContents(contentsOf: out)
        record.version = trained.manifest.version
        // Whoever stopped it wants nothing published.
        guard !shouldStop() else { throw ExitStatus.interrupted }
        try await judge(trained, dataset, &record)
        return try finished(record)
    }

    private func locked() throws -> ProcessLock {
        do {
            return try ProcessLock(out.appendingPathExtension("lock"))
        } catch is ProcessLock.Busy {
            throw ConfigurationError("'\(model)' is being trained again at \(out.path) by another process; let it end")
        }
    }

    /// Compares what was trained with what devices have, and publishes it where it is no worse.
    private func judge(
        _ trained: BundleContents,
        _ dataset: InteractionDataset,
        _ record: inout RetrainingRecord
    ) async throws {
        record.outcome = .kept
        guard trained.manifest.version != record.current else {
            record.reason = "training gave the version that devices have"
            return
        }
        let id = BundleID(model: model, version: record.current)
        let current = try await registry.withFolder(of: id) { try BundleContents(contentsOf: $0) }
        progress.message("comparing it with the version that devices have")
        let gate = try QualityGate(ModelBundle(files: current.files), ModelBundle(files: trained.files), on: dataset)
        record.reason = gate.reason
        guard gate.isPassed else { return }
        try trained.checkForDevices()
        let releases = try await registry.releases(of: model)
        guard releases.current == record.current, releases.candidate == nil else {
            record.reason = "somebody published another version meanwhile; it is compared with that one next time"
            record.data = nil
            return
        }
        try await registry.publish(trained, share: share, signing: signing)
        record.outcome = .published
    }

    private var isUnfinished: Bool { get throws { try OneRank().hasCheckpoint(checkpoint) } }

    /// The choices: those of an unfinished run, or those that there are now.
    private func choices() throws -> InteractionLog {
        guard let name = data.data else {
            throw ConfigurationError("give --data events:FILE, or another name or file of interactions")
        }
        guard let address = try SharedEvents.address(name) else { return try data.log(progress) }
        var own = data
        own.eventsModel = data.eventsModel ?? model
        let selection = Selection(own)
        if try isUnfinished, try selection == Selection(contentsOf: selectionFile),
            FileManager.default.fileExists(atPath: snapshot.path)
        {
            return try InteractionReader.read(snapshot)
        }
        // What was learned of others must not be gone on with.
        try forgetRun()
        let log = try SharedEvents(address, own).log(progress)
        let target = try RecordFile(snapshot)
        for index in 0..<log.count {
            try target.write([
                ("user_id", .text(log.users[Int(log.userIndices[index])])),
                ("item_id", .text(log.items[Int(log.itemIndices[index])])),
                ("timestamp", .number(log.times[index])),
            ])
        }
        try target.finish()
        // Ids of devices, as in the file of events.
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: snapshot.path)
        try JSONEncoder().encode(selection).write(to: selectionFile, options: .atomic)
        return try InteractionReader.read(snapshot)
    }

    /// Runs `metanetwork train`; goes on where an earlier run was interrupted, and begins anew where that had other settings or data.
    private func train(shouldStop: () -> Bool) async throws {
        var arguments = ["train", "--out", out.path] + (config.map { ["--config", $0] } ?? []) + printing
        for flag in flags where flag.key != "out" && flag.key != DataSettings.Settings.data.key {
            arguments.append("--\(flag.key)=\(flag.text)")
        }
        if let name = data.data {
            arguments.append("--data=\(try SharedEvents.address(name) == nil ? name : snapshot.path)")
        }
        if try isUnfinished {
            progress.message("going on where the last run was interrupted")
            let status = try await OwnProgram.run(arguments + ["--resume"], shouldStop)
            if status == 0 { return try forgetRun() }
            guard status == ExitStatus.badData.rawValue else { throw Self.failure(status) }
            progress.message("settings or data are others than those of the last run: beginning anew")
        }
        let status = try await OwnProgram.run(arguments, shouldStop)
        guard status == 0 else { throw Self.failure(status) }
        try forgetRun()
    }

    /// Removes what an interrupted run would need.
    private func forgetRun() throws {
        for place in SharedCheckpoint.places(of: checkpoint) { try place.remove() }
        for file in [snapshot, selectionFile] where FileManager.default.fileExists(atPath: file.path) {
            try FileManager.default.removeItem(at: file)
        }
    }

    private func finished(_ record: RetrainingRecord) throws -> RetrainingRecord {
        var record = record
        record.warnings = progress.takeWarnings()
        try record.append(to: records)
        return record
    }

    private static func failure(_ status: Int32) -> any Error {
        if status == ExitStatus.interrupted.rawValue { return ExitStatus.interrupted }
        return ConfigurationError(
            "`metanetwork train` ended with status \(status), and nothing was published; see its message above"
        )
    }
}
