import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining

/// Replays users as devices, under one policy after the other.
struct Simulator: Sendable {
    let dataset: InteractionDataset
    let candidates: EvaluationCandidates
    let settings: SimulationSettings
    /// Indices of the users that are replayed.
    let users: [Int]
    /// Devices that live at the same time.
    let concurrency: Int
    let seed: UInt64
    /// Where devices keep their files; emptied after each.
    let folder: URL

    /// What happened under one policy.
    struct Result: Sendable {
        let policy: String
        /// In the order of the rows: the row, its scores and how old the weights were.
        var rankings: [(row: Int, scores: [Float], age: Int?)] = []
        var traffic = Traffic()
    }

    /// - Parameters:
    ///   - policy: When devices refresh.
    ///   - onDevice: Called after each device, with how many are done; may take its time.
    func run(
        _ policy: SimulatedPolicy,
        onDevice: (_ done: Int) async throws -> Void
    ) async throws -> Result {
        var result = Result(policy: policy.name)
        let rows = rowsByUser()
        try await withThrowingTaskGroup(of: InteractionReplay.Outcome.self) { group in
            var waiting = users.makeIterator()
            func start() {
                guard let user = waiting.next(), let rows = rows[user] else { return }
                let replay = replay(user, rows, policy)
                group.addTask {
                    defer { try? FileManager.default.removeItem(at: replay.folder) }
                    return try await replay.run()
                }
            }
            for _ in 0..<concurrency { start() }
            var done = 0
            while let outcome = try await group.next() {
                start()
                done += 1
                result.traffic.add(outcome.traffic)
                for (place, row) in outcome.rows.enumerated() {
                    result.rankings.append((row, outcome.scores[place], outcome.ages[place]))
                }
                try await onDevice(done)
            }
        }
        result.rankings.sort { $0.row < $1.row }
        return result
    }

    /// What a bundle's own model makes of the same rankings. It has the vocabulary of the model that is served.
    ///
    /// - Throws: ``BundleError`` or `DeviceModelError`.
    func scores(of bundle: ModelBundle) throws -> Result {
        let (architecture, count) = (bundle.manifest.architecture, bundle.manifest.items)
        var model = try DeviceModel(architecture, itemCount: count, weights: bundle.deviceWeights)
        let chosen = Set(users)
        let width = 1 + candidates.negatives
        var result = Result(policy: bundle.manifest.name)
        var scores: [Float] = []
        for (row, user) in candidates.users.enumerated() where chosen.contains(Int(user)) {
            let history = dataset.items[dataset.offsets[Int(user)]..<candidates.positions[row]]
            let items = candidates.items[row * width..<(row + 1) * width]
            model.score(history: history.map(Int.init), candidates: items.map(Int.init), into: &scores)
            result.rankings.append((row, scores, nil))
        }
        return result
    }

    /// The rows of the candidates of each user.
    private func rowsByUser() -> [Int: Range<Int>] {
        var rows: [Int: Range<Int>] = [:]
        for (row, user) in candidates.users.enumerated() {
            rows[Int(user)] = (rows[Int(user)]?.lowerBound ?? row)..<row + 1
        }
        return rows
    }

    private func replay(_ user: Int, _ rows: Range<Int>, _ policy: SimulatedPolicy) -> InteractionReplay {
        let first = candidates.positions[rows.lowerBound]
        let width = 1 + candidates.negatives
        func names(_ items: some Sequence<Int32>) -> [String] { items.map { dataset.itemNames[Int($0) - 1] } }
        return InteractionReplay(
            rows: rows,
            history: names(dataset.items[dataset.offsets[user]..<first]),
            candidates: rows.map { names(candidates.items[$0 * width..<($0 + 1) * width]) },
            settings: settings,
            policy: policy,
            folder: folder.appendingPathComponent("\(policy.name)-\(user)"),
            random: SeededGenerator(seed: seed, streams: [UInt64(user)])
        )
    }
}
