import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining

/// What a simulation of devices of a model over vectors found: numbers over all devices, nothing of one of them.
struct EpisodeSimulationReport: Encodable, Sendable {
    let data: String
    let model: String
    let version: String
    /// What personal weights are compared with.
    let base: String
    let devices: Int
    let inputs: Int
    /// Wall-clock seconds.
    let seconds: Double
    let command: String
    let configuration: [String: String]
    let personal: [String: Double]
    let baseMetrics: [String: Double]
    let gain: [String: SimulationReport.Gain]
    let groups: [Group]
    let traffic: SimulationReport.TrafficSummary

    /// Devices of one group, by the first metric.
    struct Group: Encodable, Sendable {
        let name: String
        let devices: Int
        let personal: Double
        let base: Double
        let gain: SimulationReport.Gain
    }

    init(
        data: String,
        manifest: BundleManifest,
        base: String,
        seconds: Double,
        configuration: [String: String],
        personal scores: EpisodeScores,
        baseScores: EpisodeScores,
        traffic: Traffic
    ) {
        let (own, other) = (Metrics(scores), Metrics(baseScores))
        let main = own.names[0]
        func gains(_ devices: [Int]) -> [String: SimulationReport.Gain] {
            let (left, right) = (own.values(of: devices), other.values(of: devices))
            return PairedBootstrap().intervals([own], against: [other], users: devices).reduce(into: [:]) {
                let difference = (left[$1.key] ?? .nan) - (right[$1.key] ?? .nan)
                $0[$1.key] = .init(difference: difference, lower: $1.value.lower, upper: $1.value.upper)
            }
        }
        let all = scores.groups
        self.data = data
        (model, version) = (manifest.name, manifest.version)
        self.base = base
        devices = all.reduce(0) { $0 + $1.devices.count }
        inputs = scores.episodes.reduce(0) { $0 + $1.inputs.count }
        self.seconds = seconds
        command = Invocation.text
        self.configuration = configuration
        (personal, baseMetrics) = (own.values, other.values)
        gain = gains(all.flatMap(\.devices))
        groups =
            all.count < 2
            ? []
            : all.compactMap { group in
                guard let gain = gains(group.devices)[main] else { return nil }
                return Group(
                    name: group.name,
                    devices: group.devices.count,
                    personal: own.values(of: group.devices)[main] ?? .nan,
                    base: other.values(of: group.devices)[main] ?? .nan,
                    gain: gain
                )
            }
        self.traffic = .init(traffic, devices: devices)
    }

    /// The metrics in the order of reports.
    var metrics: [Metric] { Metric.devices(keys: Set(personal.keys)) }

    /// The report as plain text for the terminal.
    var text: String {
        let numbers = NumberText.plain
        func cells(_ name: String, _ base: Double?, _ personal: Double?, _ gain: SimulationReport.Gain?) -> [String] {
            [
                name, numbers.fixed(base), numbers.fixed(personal), numbers.signed(gain?.difference),
                gain.map { numbers.interval(.init(lower: $0.lower, upper: $0.upper)) } ?? "",
            ]
        }
        let head = ["", "base", "personal", "change", "95 % interval"]
        let rows = metrics.map { cells($0.label, baseMetrics[$0.key], personal[$0.key], gain[$0.key]) }
        var lines = ["\(numbers.grouped(devices)) devices, \(numbers.grouped(inputs)) inputs", ""]
        lines += TextTable.aligned([head] + rows, right: [1, 2, 3])
        if !groups.isEmpty {
            let rows = groups.map { cells("\($0.name) (\($0.devices))", $0.base, $0.personal, $0.gain) }
            lines += ["", "by shift and severity"] + TextTable.aligned([head] + rows, right: [1, 2, 3])
        }
        let failures = traffic.failures.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        lines += [
            "",
            "\(numbers.grouped(traffic.requests)) requests, \(numbers.grouped(traffic.refreshes)) refreshes, "
                + "failures: \(failures.isEmpty ? "none" : failures.joined(separator: ", "))",
            "a device: \(numbers.grouped(Int(traffic.bytesUpPerDevice))) bytes up, "
                + "\(numbers.grouped(Int(traffic.bytesDownPerDevice))) down; a refresh "
                + "p50 \(numbers.fixed(traffic.latency["p50"], decimals: 1)) ms, "
                + "p99 \(numbers.fixed(traffic.latency["p99"], decimals: 1)) ms",
            "", "base: \(base); brackets: 95 % interval, paired bootstrap over devices.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
