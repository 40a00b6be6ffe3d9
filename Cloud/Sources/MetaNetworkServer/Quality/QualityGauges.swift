import Metrics

/// The metrics of one group of devices; they go with it.
struct QualityGauges: Sendable {
    /// Which group.
    struct Key: Hashable {
        let model: String
        let version: String
        let role: ModelQuality.Role
    }

    private struct Interval {
        let mean, lower, upper: Meter

        init(_ metric: ServiceMetric, _ own: [(String, String)]) {
            func gauge(_ bound: String) -> Meter { Meter(metric, own + [("bound", bound)]) }
            (mean, lower, upper) = (gauge("mean"), gauge("lower"), gauge("upper"))
        }

        func set(_ interval: MeanInterval) {
            mean.set(interval.mean)
            lower.set(interval.lower)
            upper.set(interval.upper)
        }
    }

    private let devices: Meter
    private let hitRate: Interval
    private let gain: Interval

    init(_ key: Key) {
        let own = [("model", key.model), ("version", key.version), ("group", key.role.rawValue)]
        devices = Meter(.choiceDevices, own)
        (hitRate, gain) = (Interval(.hitRate, own), Interval(.gain, own))
    }

    func set(_ sums: ChoiceSums) {
        devices.set(sums.devices)
        hitRate.set(sums.hitRate())
        gain.set(sums.gain())
    }

    /// Ends the metrics.
    func retire() {
        for gauge in [devices, hitRate.mean, hitRate.lower, hitRate.upper, gain.mean, gain.lower, gain.upper] {
            gauge.destroy()
        }
    }
}
