import ArgumentParser
import MetaNetworkData
import MetaNetworkSettings

/// How long ranks wait for one another.
struct RankSettings: Configurable {
    var timeout = 60

    static let defaults = RankSettings()
    static let settings = [Settings.timeout]

    enum Settings {
        static let timeout = Setting(
            "rank-timeout",
            \RankSettings.timeout,
            in: 1...86_400,
            help: "Seconds after which the command ends where another rank does not answer"
        )
    }
}

/// The flag of ranks that wait for one another.
struct RankOptions: ParsableArguments {
    @Option(RankSettings.Settings.timeout) var rankTimeout: Given?
}
