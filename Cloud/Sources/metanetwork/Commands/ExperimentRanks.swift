import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings
import MetaNetworkTraining
import Torch

/// Records of some experiments that several ranks make, each its own, and that the first one has in the end.
///
/// The first rank says which are missing and deals them. Each record is a file of whoever makes it, and is handed to the first one as well, so that ranks
/// may have a folder in common or not.
struct ExperimentRanks {
    private let files: [ExperimentFile]
    private let group: any RankGroup

    /// A record, by where it belongs.
    private struct Name: Codable, Hashable {
        let file: Int
        let part: Int
        let run: RunName
    }

    /// A record that one rank has and another has not.
    private struct Sent: Codable {
        let name: Name
        let bytes: Data
    }

    /// Checks that all ranks were given the same files.
    ///
    /// - Throws: `RankError`, which names the rank that differs.
    init(_ files: [ExperimentFile], _ ranks: LaunchedRanks, waitingAtMost seconds: Int) throws {
        (self.files, group) = (files, ranks.group)
        try ranks.agree(on: [("experiments of digest", files.digest())], waitingAtMost: seconds)
    }

    /// Makes what is missing and can be made.
    ///
    /// - Parameters:
    ///   - shouldStop: Whether this rank is to stop; all stop then.
    ///   - make: Makes records of a part. It asks what it receives whether to stop.
    /// - Throws: `RankError`; what `make` throws; `TrainingError.interrupted`.
    func make(
        shouldStop: @escaping () -> Bool,
        _ make: (ExperimentFile, ExperimentPart, Set<RunName>, @escaping () -> Bool) async throws -> Void
    ) async throws {
        let missing = try gathered(shared(group.isFirst ? self.missing() : []))
        let dealt = try dealt(withData(missing))
        let watch = RankWatch(group)
        let isOver = {
            if shouldStop() { watch.stop() }
            return watch.isOver
        }
        var failure: (any Error)?
        do {
            for (file, number) in zip(files, files.indices) {
                for (part, place) in zip(file.parts, file.parts.indices) {
                    let runs = Set(dealt.filter { ($0.file, $0.part) == (number, place) }.map(\.run))
                    if !runs.isEmpty { try await make(file, part, runs, isOver) }
                }
            }
        } catch {
            failure = error
        }
        switch watch.end(hasFailed: failure != nil, shouldStop: shouldStop) {
        case .done: _ = try gathered(missing)
        case .stopped: throw TrainingError.interrupted(checkpoint: nil)
        case .lost(let error):
            guard case RankError.lost(let text) = error else { throw error }
            throw RankError.lost("\(text); what was made is kept: start all ranks again")
        case .failed(let rank):
            // Whoever stopped because another failed has nothing to say.
            if let failure, rank == group.rank || !Self.isInterruption(failure) { throw failure }
            throw RankError.failed("rank \(rank) cannot make its records, and says why; what the others made is kept")
        }
    }

    private static func isInterruption(_ error: any Error) -> Bool {
        if case TrainingError.interrupted = error { true } else { false }
    }

    private func missing() throws -> [Name] {
        try files.enumerated().flatMap { number, file in
            try file.parts.enumerated().flatMap { place, part in
                try part.missing(in: file).map { Name(file: number, part: place, run: $0) }
            }
        }
    }

    /// Hands the first rank what others have of what it lacks.
    ///
    /// - Returns: What it lacks then.
    private func gathered(_ missing: [Name]) throws -> [Name] {
        var missing = missing
        for rank in 1..<group.size {
            let own = rank == group.rank ? try missing.compactMap { try sent($0) } : []
            for record in try shared(own, from: rank) {
                let name = record.name
                if group.isFirst {
                    let file = files[name.file]
                    try file.records(of: file.parts[name.part]).keep([UInt8](record.bytes), of: name.run)
                }
                missing.removeAll { $0 == name }
            }
        }
        return missing
    }

    private func sent(_ name: Name) throws -> Sent? {
        let file = files[name.file]
        return try file.parts[name.part].record(of: name.run, in: file).map { Sent(name: name, bytes: Data($0)) }
    }

    /// Those whose data are there, on all ranks alike; claims on the others stay undecided, as with one process.
    private func withData(_ names: [Name]) throws -> [Name] {
        let there = files.map { $0.parts.map { $0.data.find() != nil } }
        var facts: [String: String] = [:]
        for name in names {
            facts["the data '\(files[name.file].parts[name.part].data.name)'"] =
                there[name.file][name.part] ? "there" : "missing"
        }
        try group.agree(on: facts.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) })
        return names.filter { there[$0.file][$0.part] }
    }

    /// This rank's share: the first one deals, by the seconds that records there say a run takes.
    private func dealt(_ names: [Name]) throws -> [Name] {
        guard group.isFirst else { return try shared([[Name]](), from: 0)[group.rank] }
        var sets: [(names: [Name], seconds: Double?)] = []
        for (number, file) in files.enumerated() {
            for (place, part) in file.parts.enumerated() {
                let known = part.seconds(in: file)
                let usual = known.isEmpty ? nil : known.values.reduce(0, +) / Double(known.count)
                let runs = names.filter { ($0.file, $0.part) == (number, place) }.map(\.run)
                for set in part.sets(of: runs) {
                    let seconds = usual.map { usual in set.reduce(0) { $0 + (known[$1.method] ?? usual) } }
                    sets.append((set.map { Name(file: number, part: place, run: $0) }, seconds))
                }
            }
        }
        // Of what nobody has measured yet a run counts as much as a usual one of all.
        let known = sets.filter { $0.seconds != nil }
        let runs = known.reduce(0) { $0 + $1.names.count }
        let usual = runs == 0 ? 1 : known.reduce(0) { $0 + ($1.seconds ?? 0) } / Double(runs)
        let ranks = RankDealing.ranks(of: sets.map { $0.seconds ?? usual * Double($0.names.count) }, among: group.size)
        let shares = (0..<group.size).map { rank in zip(sets, ranks).filter { $0.1 == rank }.flatMap(\.0.names) }
        return try shared(shares, from: 0)[0]
    }

    /// What one rank has, on all.
    private func shared<Value: Codable>(_ own: Value, from rank: Int = 0) throws -> Value {
        let bytes = group.rank == rank ? [UInt8](try JSONEncoder().encode(own)) : []
        return try JSONDecoder().decode(Value.self, from: Data(group.broadcast(bytes, from: rank)))
    }
}
