/// The personal weights in use: how old they are and what they were made of.
struct ActiveParameters: Sendable {
    /// Id of the last sample behind them.
    let lastSample: String?
    /// Mean embedding of the samples behind them.
    let behind: [Float]?
    /// How long they may be used.
    let lifetime: Duration
    /// How old they were when they were loaded.
    let ageWhenLoaded: Duration
    /// When they were loaded, by the monotonic clock.
    let loaded: Duration

    /// Their age by the monotonic clock.
    func age(at uptime: Duration) -> Duration { ageWhenLoaded + max(.zero, uptime - loaded) }

    func isExpired(at uptime: Duration) -> Bool { age(at: uptime) >= lifetime }
}
