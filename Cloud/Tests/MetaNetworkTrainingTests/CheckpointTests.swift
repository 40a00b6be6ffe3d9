import Foundation
import MetaNetwork
import MetaNetworkData
import Synchronization
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("Saved states", .serialized)
final class CheckpointTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private var file: URL { folder.appendingPathComponent("run.checkpoint") }
    private struct Killed: Error {}

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func task() throws -> RankingTask {
        let log = (0..<30).map { user in (0..<14).map { "i\((user * 7 + $0 * (1 + user % 3)) % 40)" } }
        return try RankingTask(dataset(log), negatives: 15)
    }

    private func configuration(pieces: Int? = nil, form: GeneratorConfiguration.Form = .residual)
        -> TrainingConfiguration
    {
        TrainingConfiguration(
            architecture: .paperSASRec(width: 4, window: 5),
            generator: GeneratorConfiguration(form: form, window: 8, width: 4, rank: 2),
            epochs: 2,
            batch: 64,
            pieces: pieces,
            loss: .binary,
            learningRate: 5e-3,
            weightDecay: 0.01,
            patience: 0,
            validationMetric: "sampled/auc"
        )
    }

    private func weights(_ trained: TrainedModel) throws -> Weights { try trained.model.network.parameters.weights() }

    /// Trains until a step of an epoch is reported, and ends there as where the process is killed.
    private func kill(
        _ configuration: TrainingConfiguration,
        atEpoch epoch: Int,
        step: Int,
        every: Duration?,
        resume: Bool = false
    ) throws {
        #expect(throws: Killed.self) {
            try Training(configuration, task(), checkpoint: StateFile(file), every: every, resume: resume).run(report: {
                if case .step(epoch, step, _, _, _) = $0 { throw Killed() }
            })
        }
    }

    @Test(
        "are taken over before the first step of a run that they are found to be of, and of no other",
        arguments: [false, true]
    )
    func claimed(hasStages: Bool) throws {
        try LibTorch.setThreads(1)
        let place = WatchedPlace(StateFile(file), awayTimes: 0)
        let settings = configuration(form: hasStages ? .vector : .residual)
        let training = Training(settings, try task(), checkpoint: place)
        var count = hasStages ? 2 : 1
        _ = try training.run(report: {
            if case .step(1, 1, _, _, _) = $0 { #expect(place.claimed.withLock { $0 } > 0) }
        })
        #expect(place.claimed.withLock { $0 } == count)
        // The base, whose stage is over, is the same.
        var other = settings
        other.generator?.rank = 1
        let error = #expect(throws: TrainingError.self) {
            try Training(other, task(), checkpoint: place, resume: true).run()
        }
        #expect(error?.description.contains("was made with other settings") == true)
        #expect(place.claimed.withLock { $0 } == count)
        other = settings
        other.epochs = 3
        count += 1
        #expect(throws: Killed.self) {
            try Training(other, task(), checkpoint: place, resume: true).run(report: { _ in
                #expect(place.claimed.withLock { $0 } == count)
                throw Killed()
            })
        }
    }

    @Test("within an epoch lead to the same weights, whenever the run was killed", arguments: [nil, 3])
    func withinEpochs(pieces: Int?) throws {
        try LibTorch.setThreads(1)
        let settings = configuration(pieces: pieces)
        let whole = try Training(settings, task()).run()
        try kill(settings, atEpoch: 1, step: 3, every: .zero)
        #expect(try SavedState(file).state.step == 2 && SavedState(file).state.epoch == 0)
        try kill(settings, atEpoch: 2, step: 2, every: .zero, resume: true)
        #expect(try SavedState(file).state.step == 1 && SavedState(file).state.epoch == 1)
        let resumed = try Training(settings, task(), checkpoint: StateFile(file), resume: true).run()
        #expect(resumed.curve == whole.curve)
        #expect(try weights(resumed) == weights(whole))
    }

    @Test(
        "within an epoch are not made unless asked for, nor before the time has passed",
        arguments: [nil, Duration.seconds(3600)]
    )
    func notWithin(every: Duration?) throws {
        try kill(configuration(), atEpoch: 1, step: 3, every: every)
        #expect(!FileManager.default.fileExists(atPath: file.path))
        try kill(configuration(), atEpoch: 2, step: 3, every: every)
        #expect(try SavedState(file).state.step == 0 && SavedState(file).state.epoch == 1)
    }

    @Test("of the format as it was written at once, in the order of names, are gone on from")
    func oldFiles() throws {
        try LibTorch.setThreads(1)
        let whole = try Training(configuration(), task()).run()
        try kill(configuration(), atEpoch: 2, step: 3, every: .zero)
        let saved = try SavedState(file)
        #expect(Set(saved.tensors.names.map { $0.prefix { $0 != "/" } }) == ["weights", "first", "second", "best"])
        let bytes = try SafeTensors.encode(saved.tensors, metadata: [Checkpoint.key: saved.header.text()])
        #expect(try Data(bytes) != Data(contentsOf: file))
        try Data(bytes).write(to: file)
        let resumed = try Training(configuration(), task(), checkpoint: StateFile(file), resume: true).run()
        #expect(try weights(resumed) == weights(whole))
    }

    @Test("are written the next time where their place cannot be reached, and training goes on, but for one that ends")
    func away() throws {
        let place = WatchedPlace(StateFile(file), awayTimes: 1)
        var reasons: [String] = []
        let trained = try Training(configuration(), task(), checkpoint: place).run(report: {
            if case .notSaved(let reason) = $0 { reasons.append(reason) }
        })
        #expect(reasons == ["the store cannot be reached"] && trained.curve.count == 2)
        #expect(try SavedState(file).state.epoch == 2)
        let error = #expect(throws: TrainingError.self) {
            try Training(configuration(), task(), checkpoint: WatchedPlace(StateFile(file), awayTimes: 1)).run(
                shouldStop: { true },
                report: { _ in }
            )
        }
        guard case .stateAway = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("leave nothing beside them, and what a run left that was killed is removed when it is old")
    func leftovers() throws {
        let place = StateFile(file)
        for age in [0.0, 7200] {
            let left = folder.appendingPathComponent(".run.checkpoint.new-\(age)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data("half".utf8).write(to: left)
            let date = Date(timeIntervalSinceNow: -age)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: left.path)
        }
        do {
            let draft = try place.draft()
            try draft.handle.write(contentsOf: Data("whole".utf8))
            try place.keep(draft)
            _ = try place.draft()
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(names) == ["run.checkpoint", ".run.checkpoint.new-0.0"])
        #expect(try Data(contentsOf: file) == Data("whole".utf8))
    }

    @Test(
        "replace none where the disk has not taken them, are not put in the place of a folder, and are removed or it is said why not"
    )
    func refusedFiles() throws {
        let place = StateFile(file)
        let draft = try place.draft()
        try draft.handle.write(contentsOf: Data("whole".utf8))
        try place.keep(draft)
        let lost = try place.draft()
        try lost.handle.close()
        #expect(throws: FileError.self) { try place.keep(lost) }
        #expect(try Data(contentsOf: file) == Data("whole".utf8))
        let error = #expect(throws: FileError.self) { try StateFile(folder).draft() }
        #expect(error?.description.contains("\(folder.path): it is a folder; give a file in it") == true)
        #expect(throws: FileError.self) { try StateFile(folder).remove() }
        for _ in 0..<2 { try place.remove() }
        #expect(!place.isThere())
    }

    #if os(Linux)
    /// Bytes of memory that this process has had since it was asked last.
    private func peak() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        return try 1024 * #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
    }

    @Test("take some megabytes of memory to write, however large a tensor is")
    func memory() throws {
        let values = [Float](repeating: 1, count: 1 << 25)
        let draft = try StateFile(file).draft()
        var writer = try TensorFileWriter(draft, [(name: "x", shape: [values.count])], metadata: [:])
        _ = try peak()
        let before = try peak()
        try writer.write(values[...])
        writer.end()
        #expect(try peak() - before < 32 << 20)
        #expect(try draft.handle.offset() > UInt64(4 * values.count))
    }
    #endif

    @Test("that were cut short, or are of something else, are refused by name")
    func damaged() throws {
        try kill(configuration(), atEpoch: 2, step: 1, every: nil)
        let whole = try Data(contentsOf: file)
        let other = try SafeTensors.encode(Weights(), metadata: ["format": "pt"])
        var halves = whole
        halves.replaceSubrange(try #require(whole.range(of: Data("F32".utf8))), with: Data("F16".utf8))
        /// A file of one tensor without values.
        func tensor(_ shape: String, _ offsets: String) -> Data {
            let text = #"{"x":{"dtype":"F32","shape":\#(shape),"data_offsets":\#(offsets)}}"#
            return Data((0..<8).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) }) + Data(text.utf8)
        }
        for (bytes, message) in [
            (tensor("[4611686018427387904,4]", "[0,0]"), "damaged"),
            (tensor("[0]", "[\(Int.min),\(Int.max)]"), "damaged"), (tensor("[-1]", "[0,0]"), "damaged"),
            (whole.dropLast(), "should have"), (whole.prefix(40), "cut short"), (Data(), "cut short"),
            (Data(other), "no checkpoint of this tool"),
            (halves, "damaged"),
        ] {
            try bytes.write(to: file)
            let error = #expect(throws: TrainingError.self) {
                try Training(configuration(), task(), checkpoint: StateFile(file), resume: true).run()
            }
            let text = try #require(error?.description)
            #expect(text.contains(file.path) && text.contains(message), "\(text)")
        }
    }
}
