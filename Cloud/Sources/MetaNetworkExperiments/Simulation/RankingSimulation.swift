import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining

extension RankingTask: SimulatedTask {
    /// Users rank before each of their held-out interactions and refresh as a policy says.
    public func simulate(_ simulation: Simulation, base: ModelBundle?) async throws -> ExperimentResult {
        if let base, base.itemNames != simulation.published.itemNames {
            throw ExperimentError(
                "the bundle '\(base.manifest.name)' has other items than the model that is served; give one of the same data"
            )
        }
        try simulation.checkBases()
        if let policy = simulation.policies.first(where: \.needsGate),
            simulation.published.manifest.files[BundleLayout.gate] == nil
        {
            throw ExperimentError(
                "the policy '\(policy.name)' needs a gate, and the served bundle has none; train it with --gate intellectreq"
            )
        }
        return try await RankingSimulation(dataset, candidates(.test), simulation).result(base: base)
    }

    /// Lets test users live as devices for an experiment, under the simulation's only policy.
    ///
    /// - Throws: ``ExperimentError`` where a device cannot be installed; `DataError`.
    package func lived(_ simulation: Simulation) async throws -> LivedDevices {
        precondition(simulation.policies.count == 1, "devices of an experiment live under one policy")
        return try await RankingSimulation(dataset, candidates(.test), simulation).lived(simulation.policies[0])
    }
}

/// Users as devices: each has its user's past, ranks before each held-out interaction and refreshes as its policy says.
struct RankingSimulation {
    private let dataset: InteractionDataset
    private let candidates: EvaluationCandidates
    private let simulation: Simulation
    /// Indices of the users that are replayed.
    private let users: [Int]

    init(_ dataset: InteractionDataset, _ candidates: EvaluationCandidates, _ simulation: Simulation) {
        (self.dataset, self.candidates, self.simulation) = (dataset, candidates, simulation)
        users = simulation.chosen(Set(candidates.users.map(Int.init)).sorted())
    }

    func result(base: ModelBundle?) async throws -> ExperimentResult {
        var replayed: [(policy: SimulatedPolicy, rankings: Rankings, traffic: Traffic, work: DeviceWork)] = []
        let count = Double(simulation.policies.count)
        for (place, policy) in simulation.policies.enumerated() {
            let share = Double(place) / count..<Double(place + 1) / count
            let (rankings, traffic, work) = try await replay(policy, share)
            replayed.append((policy, rankings, traffic, work))
        }
        let unpersonal: Rankings =
            if let base { try rankings(of: base) } else { try await replay(.never, 0..<0).rankings }
        var result = SimulationResult(
            simulation,
            facts: [
                ("Devices", users.count), ("Rankings", unpersonal.rows.count), ("Policies", simulation.policies.count),
            ],
            sets: [
                MeasuredSet(
                    name: "sampled",
                    label: "1 held-out item and \(candidates.negatives) others",
                    subjects: "users",
                    count: users.count
                )
            ]
        )
        let scores = try Scores(unpersonal.scores(candidates), full: nil)
        if base == nil { result.result.settings["base"] = "devices that never refresh" }
        result.add(Method(name: "base", label: "base", role: .base), scores, cost: [:])
        for (policy, rankings, traffic, work) in replayed {
            let method = Method(name: policy.name, label: policy.name, role: .method)
            let own = try Scores(rankings.scores(candidates), full: nil)
            let cost = traffic.cost(devices: users.count)
                .merging(work.cost(devices: users.count)) { first, _ in first }
                .merging(simulation.basisCost(under: policy)) { first, _ in first }
            result.add(method, own, cost: cost, against: ("base", scores))
            for (metric, share) in rankings.shares { result.set(metric, share, of: policy.name, in: "sampled") }
            result.result.curves.append(try ageCurve(policy.name, rankings, unpersonal))
        }
        return result.result
    }

    /// What the devices of one policy saw.
    func lived(_ policy: SimulatedPolicy) async throws -> LivedDevices {
        let (rankings, traffic, work) = try await replay(policy, 0..<1)
        let cost = traffic.cost(devices: users.count).merging(work.cost(devices: users.count)) { first, _ in first }
        return LivedDevices(
            scores: try Scores(rankings.scores(candidates), full: nil),
            // How long something took says more of what else the machine did.
            cost: cost.filter { !$0.key.hasSuffix("Milliseconds") && !$0.key.hasSuffix("Seconds") },
            shares: Dictionary(uniqueKeysWithValues: rankings.shares.map { ($0.metric, $0.share) })
        )
    }

    /// What happens under a policy.
    private func replay(
        _ policy: SimulatedPolicy,
        _ share: Range<Double>
    ) async throws -> (rankings: Rankings, traffic: Traffic, work: DeviceWork) {
        let rows = rowsByUser()
        let replays = users.map { user in
            guard let rows = rows[user] else { preconditionFailure("user \(user) has no held-out interaction") }
            return replay(user, rows, policy)
        }
        let outcomes = try await simulation.outcomes(of: replays, label: "policy \(policy.name)", share: share)
        var rankings = Rankings()
        for outcome in outcomes {
            for (place, row) in outcome.rows.enumerated() {
                rankings.rows.append((row, outcome.scores[place], outcome.standings[place]))
            }
        }
        rankings.rows.sort { $0.row < $1.row }
        return (
            rankings, outcomes.reduce(into: Traffic()) { $0.add($1.traffic) },
            outcomes.reduce(into: DeviceWork()) { $0.add($1.work) }
        )
    }

    /// What a bundle's own model makes of the same rankings. It has the vocabulary of the model that is served.
    private func rankings(of bundle: ModelBundle) throws -> Rankings {
        var model = try bundle.deviceModel()
        let chosen = Set(users)
        let width = 1 + candidates.negatives
        var (rankings, scores) = (Rankings(), [Float]())
        for (row, user) in candidates.users.enumerated() where chosen.contains(Int(user)) {
            let history = dataset.items[dataset.offsets[Int(user)]..<candidates.positions[row]]
            let items = candidates.items[row * width..<(row + 1) * width]
            try model.useContext(dataset.contexts?.row(of: Int(user), at: candidates.positions[row]))
            model.score(history: history.map(Int.init), candidates: items.map(Int.init), into: &scores)
            rankings.rows.append((row, scores, .base))
        }
        return rankings
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
            times: times(Array(dataset.offsets[user]..<first) + candidates.positions[rows]),
            contexts: rows.map { context(of: user, at: candidates.positions[$0]) },
            candidates: rows.map { names(candidates.items[$0 * width..<($0 + 1) * width]) },
            settings: simulation.settings(under: policy),
            policy: policy,
            folder: simulation.folder.appendingPathComponent("\(policy.name)-\(user)"),
            random: SeededGenerator(seed: simulation.seed, streams: [UInt64(user)])
        )
    }

    /// When some interactions were, where the model reads that.
    private func times(_ positions: [Int]) -> [Double] {
        guard dataset.contexts?.events != nil, let times = dataset.moments?.times, !times.isEmpty else { return [] }
        return positions.map { times[$0] }
    }

    /// What an app would know beside the history when it ranks, by name of the input.
    private func context(of user: Int, at position: Int) -> [String: InputValue] {
        let known = dataset.contexts?.values(of: user, at: position) ?? []
        return Dictionary(
            uniqueKeysWithValues: known.map { ($0.name, $0.token.map(InputValue.token) ?? .values($0.values)) }
        )
    }

    /// Youngest age of each group of ages, in samples, by which quality is reported.
    private static let ages = [0, 1, 5, 10, 20]

    /// The AUC less the base's on the same rankings, by age of the weights.
    private func ageCurve(_ name: String, _ rankings: Rankings, _ base: Rankings) throws -> Curve {
        let ends = Self.ages.dropFirst() + [Int.max]
        let points = try zip(Self.ages, ends).compactMap { first, end -> Curve.Point? in
            let isIn = rankings.rows.map { row in
                if case .personal(let age) = row.standing { (first..<end).contains(age.samples) } else { false }
            }
            guard isIn.contains(true) else { return nil }
            let own = try rankings.scores(candidates, isIn).areaUnderCurve()
            let other = try base.scores(candidates, isIn).areaUnderCurve()
            return Curve.Point(x: Double(first), mean: own - other, sd: 0)
        }
        return Curve(method: name, axis: "age", set: "sampled", metric: "auc-gain", points: points)
    }
}

/// What devices ranked, in the order of the rows.
struct Rankings {
    /// The row of the candidates, their scores and which weights gave them.
    var rows: [(row: Int, scores: [Float], standing: PersonalModel.State)] = []

    /// Shares of the rankings by metric: with personal weights, and with the base model where the guard or the weights' age said so.
    var shares: [(metric: String, share: Double)] {
        func share(_ isCounted: (PersonalModel.State) -> Bool) -> Double {
            Double(rows.count { isCounted($0.standing) }) / Double(max(rows.count, 1))
        }
        return [
            ("personal-share", share { if case .personal = $0 { true } else { false } }),
            ("guarded-share", share { if case .guarded = $0 { true } else { false } }),
            ("retired-share", share { if case .retired = $0 { true } else { false } }),
        ]
    }

    /// The scores of the rankings that pass.
    func scores(_ candidates: EvaluationCandidates, _ isIn: [Bool]? = nil) -> RankedScores {
        let chosen = rows.enumerated().filter { isIn?[$0.offset] ?? true }.map(\.element)
        return RankedScores(
            users: chosen.map { candidates.users[$0.row] },
            historyLengths: chosen.map { _ in 0 },
            scores: chosen.flatMap(\.scores),
            candidatesPerRow: 1 + candidates.negatives
        )
    }
}
