import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkTraining

/// Held-out devices that classify with the SDK, and let a larger model that is served answer a share of their inputs.
package struct DeferringDevices {
    let pair: ServedPair
    let settings: SimulationSettings
    let folder: URL
    /// Receives progress: devices done and in all; throws to end it.
    let progress: (_ done: Int, _ total: Int) throws -> Void

    package init(
        pair: ServedPair,
        settings: SimulationSettings,
        folder: URL,
        progress: @escaping (_ done: Int, _ total: Int) throws -> Void
    ) {
        (self.pair, self.settings, self.folder, self.progress) = (pair, settings, folder, progress)
    }

    /// Lets every device live once with each budget.
    ///
    /// - Returns: The scores of each budget's set; shares of the inputs that were sent, by `sent-PERCENT`; and what a device costs over
    ///   all budgets.
    package func lived() async throws -> LivedDevices {
        let inputs = pair.inputs
        var (sets, shares, traffic) = ([(String, String, EpisodeScores)](), [String: Double](), Traffic())
        let percents = DeferredAnswers.percents
        var done = 0
        for percent in percents {
            let deferral = deferral(Double(percent) / 100)
            var (outputs, sent) = ([[Float]](repeating: [], count: inputs.episodes.count), 0)
            for (number, places) in inputs.devices.enumerated() {
                try progress(done, percents.count * inputs.devices.count)
                done += 1
                let device = try await self.device("\(percent)-\(number)", deferral)
                for place in places {
                    for (own, larger) in zip(inputs.narrow[place].query, inputs.episodes[place].query) {
                        let answer = try await device.model.answer(own, sending: larger)
                        outputs[place] += answer.outputs
                        if answer.source == .cloud { sent += 1 }
                    }
                }
                traffic.add(device.network.traffic)
            }
            let scores = EpisodeScores(
                episodes: inputs.episodes,
                outputs: outputs.flatMap(\.self),
                description: pair.edge.task.source.outputs
            )
            sets.append((DeferredAnswers.setName(percent), "\(percent) % may be answered by the cloud", scores))
            shares["sent-\(percent)"] = Double(sent) / Double(scores.episodes.reduce(0) { $0 + $1.query.count })
        }
        return LivedDevices(scores: Scores(sets), cost: traffic.cost(devices: inputs.devices.count), shares: shares)
    }

    private func deferral(_ budget: Double) -> PersonalModel.Deferral {
        let timeout = Duration.seconds(30)
        switch pair.policy {
        case .never: return .never
        case .always: return PersonalModel.Deferral(budget: 1, timeout: timeout)
        case .switcher: return PersonalModel.Deferral(budget: budget, timeout: timeout)
        case .margin: return PersonalModel.Deferral(budget: budget, by: .margin, timeout: timeout)
        case .shuffled, .supervised, .random, .oracle:
            preconditionFailure("devices have no policy '\(pair.policy.rawValue)'")
        }
    }

    private func device(
        _ name: String,
        _ deferral: PersonalModel.Deferral
    ) async throws -> (model: PersonalModel, network: SimulatedNetwork) {
        var settings = settings
        settings.deferral = deferral
        let network = SimulatedNetwork(settings.transport, settings.conditions, SeededGenerator(seed: pair.seed))
        let time = SimulatedTime(start: Int(Date().timeIntervalSince1970))
        let model = try await settings.open(folder.appendingPathComponent("device-\(name)"), network, time, AnyOf([]))
        return (model, network)
    }
}

extension ServedPair {
    /// The test part as device and cloud read it, and the episodes of each device.
    fileprivate var inputs: (narrow: [Episode], episodes: [Episode], devices: [[Int]]) {
        let (narrow, episodes) = (edge.task.source.episodes(.test), cloud.task.source.episodes(.test))
        let byDevice = Dictionary(grouping: episodes.indices) { episodes[$0].device }
        return (narrow, episodes, byDevice.values.sorted { $0[0] < $1[0] })
    }
}
