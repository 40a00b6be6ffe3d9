import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData

/// One user's held-out interactions, lived through by the SDK as an app uses it.
struct InteractionReplay: Sendable {
    /// The user's held-out interactions, as rows of the evaluation's candidates.
    let rows: Range<Int>
    /// Raw ids of what the user did before, oldest first.
    let history: [String]
    /// Raw ids of each row's candidates, what was chosen first.
    let candidates: [[String]]
    let settings: SimulationSettings
    let policy: SimulatedPolicy
    /// Where the device keeps its files.
    let folder: URL
    /// Chooses what is lost, and when it is offline.
    let random: SeededGenerator

    /// What a device saw.
    struct Outcome: Sendable {
        let rows: Range<Int>
        /// The score of each candidate of each row.
        let scores: [[Float]]
        /// Samples that the weights in use were old at each row; `nil` for the base.
        let ages: [Int?]
        let traffic: Traffic
    }

    /// Interactions of the past that are put in: more than any generator reads.
    private static let mostHistory = 200

    func run() async throws -> Outcome {
        let past = history.suffix(Self.mostHistory)
        let span = settings.interval * (past.count + rows.count)
        let time = SimulatedTime(start: Int(Date().timeIntervalSince1970) - Int(span.components.seconds))
        let network = SimulatedNetwork(settings.transport, settings.conditions, random)
        let gate = GatedPolicy(policy.policy)
        let model = try await settings.open(folder, network, time, gate)
        for item in past {
            await model.record(item)
            time.advance(by: settings.interval)
        }
        await model.settle()
        gate.open()
        network.goOn()
        // The app starts: its policy is asked.
        if gate.isDue(RefreshSituation(samples: past.count)) { try? await model.refresh() }
        var (scores, ages): ([[Float]], [Int?]) = ([], [])
        for (place, items) in candidates.enumerated() {
            try Task.checkCancellation()
            if place > 0 { network.goOn() }
            ages.append(await model.age?.samples)
            scores.append(Self.scores(of: items, await model.rank(items)))
            await model.record(items[0])
            time.advance(by: settings.interval)
            await model.settle()
        }
        return Outcome(rows: rows, scores: scores, ages: ages, traffic: network.traffic)
    }

    private static func scores(of items: [String], _ ranked: [PersonalModel.RankedItem]) -> [Float] {
        let scores = Dictionary(ranked.map { ($0.id, $0.score) }) { first, _ in first }
        return items.map { scores[$0] ?? -.infinity }
    }
}

/// What all devices have in common.
struct SimulationSettings: Sendable {
    var server: URL
    var model: String
    var trust: Trust
    var credentials: Credentials
    var upload = PersonalModel.Upload.ids
    var payload = PayloadFormat.float16
    var sharesSamples = false
    /// Simulated time from one interaction to the next.
    var interval = Duration.seconds(3600)
    var conditions = NetworkConditions()
    /// Carries what is not lost; shared by all, as they share one machine.
    var transport: any Transport = URLSessionTransport()
}

extension SimulationSettings {
    /// The app's first launch, which happens where it was installed: online.
    ///
    /// - Parameters:
    ///   - folder: Where the device keeps its files.
    ///   - network: Its network.
    ///   - time: Its clocks.
    ///   - policy: When it refreshes.
    func open(
        _ folder: URL,
        _ network: SimulatedNetwork,
        _ time: SimulatedTime,
        _ policy: any RefreshPolicy
    ) async throws -> PersonalModel {
        var configuration = PersonalModel.Configuration(trust: trust)
        configuration.credentials = credentials
        configuration.policy = policy
        configuration.upload = upload
        configuration.payload = payload
        configuration.sharesSamples = sharesSamples
        configuration.transport = network
        configuration.time = time
        // A service that is started again just now, or a lost packet, is not the end of an installation.
        for _ in 0..<100 {
            do {
                return try await PersonalModel(
                    server: server,
                    model: model,
                    directory: folder,
                    configuration: configuration
                )
            } catch ClientError.noModel {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        return try await PersonalModel(
            server: server,
            model: model,
            directory: folder,
            configuration: configuration
        )
    }
}
