import MetaNetwork
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
    /// Bytes of the values of codes among them, 4 each.
    var codeBytes = 0
    /// Bytes of bodies that came back, those of the model's files apart.
    var bytesDown = 0
    /// Bytes of the model's files.
    var fileBytes = 0
    /// Seconds that answers with personal weights, or of a larger model, took.
    var latencies: [Double] = []

    /// What a device costs, by the names of ``MeasuredMethod/cost``.
    ///
    /// - Parameter devices: Number of devices whose traffic this is; 1 or more.
    func cost(devices: Int) -> [String: Double] {
        let count = Double(devices)
        var cost = [
            "requests": Double(requests) / count, "refreshes": Double(refreshes) / count,
            "failures": Double(failures.values.reduce(0, +)) / count, "bytesUp": Double(bytesUp) / count,
            "bytesDown": Double(bytesDown) / count, "fileBytes": Double(fileBytes) / count,
        ]
        if codeBytes > 0 { cost["codeBytes"] = Double(codeBytes) / count }
        for (reason, times) in failures { cost["failures (\(reason))"] = Double(times) / count }
        let sorted = latencies.sorted()
        for percent in [50, 99] where !sorted.isEmpty {
            let name = percent == 50 ? "latencyMilliseconds" : "latencyP\(percent)Milliseconds"
            cost[name] = 1000 * sorted[min(sorted.count - 1, sorted.count * percent / 100)]
        }
        return cost
    }

    mutating func fail(_ reason: String) { failures[reason, default: 0] += 1 }

    mutating func add(_ other: Traffic) {
        requests += other.requests
        refreshes += other.refreshes
        failures.merge(other.failures, uniquingKeysWith: +)
        bytesUp += other.bytesUp
        codeBytes += other.codeBytes
        bytesDown += other.bytesDown
        fileBytes += other.fileBytes
        latencies += other.latencies
    }
}

/// How often the network of a simulated device fails.
public struct NetworkConditions: Sendable {
    /// Share of the requests that are lost, half of them on the way back.
    public var loss: Double
    /// Share of the time that a device is offline, in phases of five interactions on average.
    public var offline: Double

    /// Creates conditions.
    public init(loss: Double = 0, offline: Double = 0) { (self.loss, self.offline) = (loss, offline) }

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
