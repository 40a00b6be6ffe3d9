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

    /// The place, after a look at what is there, and a trial of what writing to it takes: the first save is hours away.
    ///
    /// - Parameters:
    ///   - out: The bundle's folder.
    ///   - goesOn: Whether the run goes on from what is there.
    ///   - ranks: The processes that run. The first one keeps the state: what the others were told does not matter, and they need no keys.
    /// - Throws: On the first rank `ConfigurationError` or `ConfigurationProblem` for no place, `FileError`, `ObjectStoreError`.
    func open(for out: URL, goesOn: Bool, on ranks: any RankGroup) throws -> any StatePlace {
        var opened: any StatePlace = StateFile(out.appendingPathExtension("checkpoint"))
        try ranks.onFirst {
            if let place { opened = try Self.opened(place, goesOn: goesOn) }
            _ = try opened.draft()
        }
        return opened
    }

    private static func opened(_ place: String, goesOn: Bool) throws -> any StatePlace {
        guard !ObjectPlace.isAddress(place) else { return try StateObject(place, goesOn: goesOn) }
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
