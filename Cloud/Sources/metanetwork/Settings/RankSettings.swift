import MetaNetworkData

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
            help: "Seconds after which training ends where another rank does not answer"
        )
    }
}
