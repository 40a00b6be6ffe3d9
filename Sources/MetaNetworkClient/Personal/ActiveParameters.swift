/// The last personal weights: how old they are, what they were made of, and whether they may still be used.
struct ActiveParameters: Sendable {
    /// Id of the last sample behind them.
    let lastSample: String?
    /// Mean embedding of the samples behind them.
    let behind: [Float]?
    /// The code that the device learned and they were made of; `nil` where there is no basis.
    let code: [Float]?
    /// How long the service answers for them; `nil` where the device learned them itself.
    let lifetime: Duration?
    /// How old they were when they were loaded.
    let ageWhenLoaded: Duration
    /// When they were loaded, by the monotonic clock.
    let loaded: Duration
    /// Whether they retired; they are not loaded any more then.
    var isRetired = false

    /// Their age by the monotonic clock.
    func age(at uptime: Duration) -> Duration { ageWhenLoaded + max(.zero, uptime - loaded) }

    func isExpired(at uptime: Duration) -> Bool { lifetime.map { age(at: uptime) >= $0 } ?? false }

    /// Whether the device learned them itself, from labelled inputs.
    var isLearned: Bool { lifetime == nil }
}
