import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire

/// What the devices of a model learn together, and when a round is over.
public struct FederationConfiguration: Sendable {
    /// Name of the model, in addresses and in the registry.
    public var model: String
    /// The model that is learned; all of it.
    public var architecture: Architecture
    /// What it gives.
    public var outputs: BundleManifest.Outputs
    /// What a device does in its turn.
    public var work: LocalWork
    /// How devices write their updates.
    public var codec = UpdateCodec.whole
    /// Whether devices add to an update what was left out of those before.
    public var usesErrorFeedback = true
    /// Norm that devices scale longer updates down to; `nil` for any.
    public var clipNorm: Double?
    /// Largest norm of an update; a longer one is refused.
    public var normBound = Double.infinity
    /// Examples that an update counts for at most, whatever the device says.
    public var mostExamples = 10_000
    /// Devices of a round.
    public var devices = 10
    /// Updates that suffice once a round's time is over.
    public var quorum = 1
    /// Seconds of a round, from its first device on.
    public var seconds = 600.0
    /// Longest time that a device is asked to wait for the next round, in seconds.
    public var retrySeconds = 10.0
    /// Rounds in all.
    public var rounds = 100
    /// Rounds from one published version to the next; the last model is always published.
    public var publishedEvery = 10
    /// Seed of what is drawn by lot.
    public var seed: UInt64 = 1
    /// Where the state is kept.
    public var folder: URL

    /// The largest number of rounds.
    public static let mostRounds = 10_000_000

    /// Creates a description; what it leaves out is at its default.
    public init(
        model: String,
        architecture: Architecture,
        outputs: BundleManifest.Outputs,
        work: LocalWork,
        folder: URL
    ) {
        (self.model, self.architecture, self.outputs) = (model, architecture, outputs)
        (self.work, self.folder) = (work, folder)
    }

    /// Checks what only the numbers together tell.
    ///
    /// - Throws: ``ConfigurationProblem``.
    func validate() throws(ConfigurationProblem) {
        guard BundleLayout.isModelName(model) else {
            throw ConfigurationProblem("'\(model)' cannot name the federation's model; \(BundleLayout.modelNameFix)")
        }
        guard devices > 0, quorum > 0, quorum <= devices else {
            throw ConfigurationProblem(
                "a round of \(devices) devices cannot end with \(quorum) updates; give a quorum from 1 to the devices of a round"
            )
        }
        guard (1...Self.mostRounds).contains(rounds), publishedEvery > 0, mostExamples > 0, seconds > 0,
            retrySeconds > 0
        else {
            throw ConfigurationProblem(
                "rounds, seconds and examples of a federation are numbers above 0, rounds at most \(Self.mostRounds)"
            )
        }
        if let clipNorm, clipNorm > normBound {
            throw ConfigurationProblem(
                "devices clip their updates to the norm \(clipNorm), and the service refuses those beyond \(normBound); clip to less"
            )
        }
    }

    /// SHA-256 of the model that is learned: a state of another one must not go on.
    func digest() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var hash = SHA256()
        hash.update(data: try encoder.encode(architecture))
        hash.update(data: try encoder.encode(outputs))
        return hash.finalize().hexadecimalDigits
    }
}
