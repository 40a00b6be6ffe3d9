import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkSettings
import MetaNetworkTraining
import Torch

extension LaunchedRanks {
    /// Checks that a method's devices can be dealt to ranks, where there are several.
    ///
    /// - Throws: `ConfigurationError` for a method that steps in one place.
    func check(_ method: FederatedPlan.MethodName) throws(ConfigurationError) {
        guard group.size > 1, !method.makesModel else { return }
        throw ConfigurationError(
            "'\(method.rawValue)' has no devices that learn by themselves and could be dealt to ranks; start it once, without the variables that number "
                + "processes"
        )
    }

    /// Checks that all ranks simulate the same, and waits for none longer than the settings say from here on.
    ///
    /// - Parameter kept: What was said of where the run is kept, by name.
    /// - Throws: `RankError`, which names the rank that differs, and in what.
    func agree(
        _ merged: MergedSettings,
        _ settings: FederateSettings,
        _ work: FederatedWork,
        _ kept: [(name: String, value: String)]
    ) throws {
        guard group.size > 1 else { return }
        // Paths may differ from machine to machine.
        let own = [
            FederateSettings.Settings.data.key, FederateSettings.Settings.out.key, ThreadSettings.Settings.threads.key,
            CheckpointSettings.Settings.place.key,
        ]
        let given = merged.record().filter { !own.contains($0.key) }.sorted { $0.key < $1.key }
        let seed = merged.values(TrainingConfiguration.self).seed
        var facts = given.map { (name: $0.key, value: $0.value) } + kept
        facts.append(("data of digest", work.data.digest))
        facts.append(("a plan and model of digest", try settings.plan.digest(seed: seed, work.learner)))
        try agree(on: facts, waitingAtMost: merged.values(RankSettings.self).timeout)
    }

    /// What came of a simulation on several ranks, in words; `nil` where this process was alone.
    ///
    /// - Parameters:
    ///   - began: When it began.
    ///   - secondsBefore: What the group had taken then.
    func text(since began: ContinuousClock.Instant, _ secondsBefore: Double) -> String? {
        guard group.size > 1 else { return nil }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        return
            "\(group.size) ranks: \((group.seconds - secondsBefore).formatted(digits: 1)) of \(seconds.formatted(digits: 1)) s went to what devices of "
            + "other ranks learned, and to waiting for them"
    }
}
