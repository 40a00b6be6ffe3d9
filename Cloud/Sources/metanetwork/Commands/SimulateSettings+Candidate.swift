import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServer
import MetaNetworkSettings

/// The trial of a candidate.
extension SimulateSettings {
    /// Checks what belongs to a candidate.
    func checkTrial() throws {
        guard candidate != nil else { return }
        guard stream == nil, policies.count == 1, restarts == 0 else {
            throw ValidationError("--candidate takes one of --policies, and neither --stream nor --restarts")
        }
        guard share.value > 0, share.value < 1 else {
            throw ValidationError(
                "--share is of the devices that get the candidate; give more than 0 and less than 100%"
            )
        }
    }

    /// What the service of a trial is told.
    var trialArguments: [String] {
        candidate == nil ? [] : ["--holdout", "\(holdout.value)", "--candidate-stops"]
    }

    /// Publishes the candidate, where there is one.
    func publishCandidate(in registry: FolderBundleStore) async throws {
        guard let candidate else { return }
        let contents = try BundleContents(contentsOf: URL(fileURLWithPath: candidate))
        guard try registry.findReleases(of: contents.id.model) != nil else {
            throw ConfigurationError(
                "the registry has no model '\(contents.id.model)', which --candidate is a version of; train it under that name"
            )
        }
        try await registry.publish(contents, share: share.value, signing: OwnPublisher.signing)
    }

    /// Reads what the service of a trial finds out.
    ///
    /// - Parameters:
    ///   - simulation: The model and the devices.
    ///   - folder: Where the service's registry and events are.
    func trial(of simulation: Simulation, _ folder: URL) throws -> CandidateTrial {
        guard let events = eventsFile(folder) else { preconditionFailure("a trial has a file of events") }
        let store = try SQLiteEventStore(reading: URL(fileURLWithPath: events))
        let (registry, model) = (ownRegistry(folder), simulation.published.manifest.name)
        guard let start = try registry.releases(of: model).candidate, let trial = try registry.releases(of: model).trial
        else { throw ConfigurationError("--candidate is current already; there is nothing to try out") }
        return CandidateTrial {
            let releases = try registry.releases(of: model)
            let arms = try await store.choices(of: model, trial: trial)
            let groups = CandidateTrial.Group.allCases.compactMap { group in
                let version = group == .candidate ? start.version : releases.current
                return arms[ChoiceArm(version: version, isHeldOut: group == .holdout)]
                    .map { (group: group, devices: $0.devices, mean: $0.gain().mean) }
            }
            let stop = releases.candidate == nil ? releases.history.last?.reason : nil
            return CandidateTrial.Reading(groups: groups, stop: stop)
        }
    }
}
