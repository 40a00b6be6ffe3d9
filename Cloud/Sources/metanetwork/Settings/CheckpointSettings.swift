import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkTraining
import Torch

/// Where a run keeps its state.
struct CheckpointSettings: Configurable {
    var place: String?

    static let defaults = CheckpointSettings()
    static let settings = [Settings.place]

    enum Settings {
        static let place = Setting(
            "checkpoint",
            \CheckpointSettings.place,
            help: "Where the state is kept to go on from: a file, or s3://BUCKET/PREFIX, which any machine reaches",
            default: "OUT.checkpoint",
            value: "place"
        )
    }

    /// The place, after a look at what is there.
    ///
    /// - Parameters:
    ///   - out: The bundle's folder.
    ///   - stages: Those of which a state may be kept.
    ///   - ranks: The processes that run; the first one keeps it.
    /// - Throws: `ConfigurationError` or `ConfigurationProblem` for no place, `ObjectStoreError`.
    func open(for out: URL, stages: [String], on ranks: any RankGroup) throws -> any StatePlace {
        guard let place else { return StateFile(out.appendingPathExtension("checkpoint")) }
        guard !ObjectPlace.isAddress(place) else {
            let object = try StateObject(place)
            try ranks.onFirst { try object.begin(stages) }
            return object
        }
        guard !place.contains("://") else {
            throw ConfigurationError(
                "a state cannot be kept at '\(place.prefix(40))'; give a file, or s3://BUCKET/PREFIX"
            )
        }
        return StateFile(URL(fileURLWithPath: place))
    }
}

/// How often a training saves its state.
struct SavingSettings: Configurable {
    var every: TimeSpan?

    static let defaults = SavingSettings()
    static let settings = [Settings.every]

    enum Settings {
        static let every = Setting(
            "checkpoint-every",
            \SavingSettings.every,
            help: "Time after which the state is saved within an epoch too: 10m, 90s or 2h",
            default: "after each epoch alone",
            value: "time"
        )
    }
}
