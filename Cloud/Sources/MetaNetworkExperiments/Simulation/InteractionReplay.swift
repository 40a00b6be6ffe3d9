import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkDevice

/// One user's held-out interactions, lived through by the SDK as an app uses it.
struct InteractionReplay: Replay {
    /// The user's held-out interactions, as rows of the evaluation's candidates.
    let rows: Range<Int>
    /// Raw ids of what the user did before, oldest first.
    let history: [String]
    /// When each of those and of the rows was, in seconds since 1970; empty where the model reads nothing of it.
    let times: [Double]
    /// What the app knows beside that at each row.
    let contexts: [[String: InputValue]]
    /// Raw ids of each row's candidates, what was chosen first.
    let candidates: [[String]]
    let settings: SimulationSettings
    let policy: SimulatedPolicy
    let folder: URL
    /// Chooses what is lost, and when it is offline.
    let random: SeededGenerator

    /// What a device saw.
    struct Outcome: Sendable {
        let rows: Range<Int>
        /// The score of each candidate of each row.
        let scores: [[Float]]
        /// Which weights answered at each row.
        let standings: [PersonalModel.State]
        let traffic: Traffic
        let work: DeviceWork
    }

    /// Interactions of the past that are put in: more than any generator reads.
    private static let historyLimit = 200

    func run() async throws -> Outcome {
        let past = history.suffix(Self.historyLimit)
        let lived = lived(past.count)
        let time = SimulatedTime(start: lived.start)
        let network = SimulatedNetwork(settings.transport, settings.conditions, random)
        let gate = PausedPolicy(policy.policy)
        // A device that learns by itself never asks.
        let model = try await settings.open(folder, network, time, policy.learning == nil ? gate : AnyOf([]))
        var context = contexts.first ?? [:]
        if !context.isEmpty { try await model.setContext(context) }
        for (item, wait) in zip(past, lived.waits) {
            await model.record(item)
            time.advance(by: wait)
        }
        await model.waitUntilIdle()
        gate.open()
        network.advance()
        var (work, unlearned) = (DeviceWork(), past.count)
        // Nothing is learned from one sample: nothing came before it.
        let fewest = policy.learning == nil ? 0 : 2
        // The app starts: its policy is asked.
        if gate.isDue(RefreshSituation(samples: unlearned)), past.count >= fewest {
            try await renew(model, network, &work) { try? await model.refresh() }
            unlearned = 0
        }
        var (scores, standings): ([[Float]], [PersonalModel.State]) = ([], [])
        for (place, items) in candidates.enumerated() {
            try Task.checkCancellation()
            if place > 0 { network.advance() }
            if contexts[place] != context {
                context = contexts[place]
                try await model.setContext(context)
            }
            standings.append(await model.standing)
            scores.append(Self.scores(of: items, await model.rank(items)))
            unlearned += 1
            if policy.learning != nil {
                await model.record(items[0])
                time.advance(by: lived.waits[past.count + place])
                await model.waitUntilIdle()
                guard gate.isDue(RefreshSituation(samples: unlearned)), past.count + place + 1 >= fewest else {
                    continue
                }
                try await renew(model, network, &work) {}
                unlearned = 0
            } else {
                try await renew(model, network, &work) {
                    await model.record(items[0])
                    time.advance(by: lived.waits[past.count + place])
                    await model.waitUntilIdle()
                }
            }
        }
        return Outcome(rows: rows, scores: scores, standings: standings, traffic: network.traffic, work: work)
    }

    /// When the user chooses: as in the data where the device learns in the moments of choices, which it knows by its own clock.
    private func lived(_ past: Int) -> LivedTimes {
        let now = Int(Date().timeIntervalSince1970)
        guard times.isEmpty || policy.learning == nil || settings.livesFromNow else {
            return LivedTimes(times.suffix(past + rows.count), before: now)
        }
        let span = settings.interval * (past + (settings.livesFromNow ? 0 : rows.count))
        return LivedTimes(
            every: settings.interval,
            count: past + rows.count,
            start: now - Int(span.components.seconds)
        )
    }

    /// Has the device learn, or lets happen what may bring weights of the service, and takes note of the time.
    private func renew(
        _ model: PersonalModel,
        _ network: SimulatedNetwork,
        _ work: inout DeviceWork,
        _ ask: () async -> Void
    ) async throws {
        if let learning = policy.learning {
            try await work.learn(learning, model)
            // A code that was learned is shared in the background.
            return await model.waitUntilIdle()
        }
        let (clock, before) = (ContinuousClock(), network.traffic.refreshes)
        let began = clock.now
        await ask()
        if network.traffic.refreshes > before { work.waited(seconds: (clock.now - began) / .seconds(1)) }
    }

    private static func scores(of items: [String], _ ranked: [PersonalModel.RankedItem]) -> [Float] {
        let scores = Dictionary(ranked.map { ($0.id, $0.score) }) { first, _ in first }
        return items.map { item in
            guard let score = scores[item] else { preconditionFailure("the device did not rank '\(item)'") }
            return score
        }
    }
}
