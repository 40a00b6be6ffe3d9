import MetaNetworkData

/// What went over the network.
struct Traffic: Sendable {
    /// Requests that were tried.
    var requests = 0
    /// Answers with personal weights.
    var refreshes = 0
    /// Requests without a usable answer, by what went wrong.
    var failures: [String: Int] = [:]
    /// Bytes of bodies that were sent.
    var bytesUp = 0
    /// Bytes of bodies that came back, those of the model's files apart.
    var bytesDown = 0
    /// Bytes of the model's files.
    var fileBytes = 0
    /// Seconds that answers with personal weights took.
    var latencies: [Double] = []

    mutating func fail(_ reason: String) { failures[reason, default: 0] += 1 }

    mutating func add(_ other: Traffic) {
        requests += other.requests
        refreshes += other.refreshes
        failures.merge(other.failures, uniquingKeysWith: +)
        bytesUp += other.bytesUp
        bytesDown += other.bytesDown
        fileBytes += other.fileBytes
        latencies += other.latencies
    }
}

/// How often the network of a simulated device fails.
struct NetworkConditions: Sendable {
    /// Share of the requests that are lost, half of them on the way back.
    var loss = 0.0
    /// Share of the time that a device is offline, in phases of five interactions on average.
    var offline = 0.0

    /// Interactions of an offline phase, on average.
    private static let phase = 5.0

    /// Whether a device is offline at its next interaction.
    ///
    /// - Parameter wasOffline: Whether it was at the one before; `nil` at the first.
    func isOffline(after wasOffline: Bool?, using random: inout SeededGenerator) -> Bool {
        guard offline > 0 else { return false }
        guard offline < 1 else { return true }
        let chance = Double(random.uniform())
        switch wasOffline {
        case nil: return chance < offline
        case true?: return chance >= 1 / Self.phase
        case false?: return chance < offline / (1 - offline) / Self.phase
        }
    }
}
