import Foundation
import MetaNetworkData
import MetaNetworkTraining

@testable import MetaNetworkExperiments

extension MethodRecords {
    /// Made-up records of devices: for each seed the accuracy of every device, by which each draw goes, too.
    static func sample(
        _ name: String,
        _ role: Method.Role,
        accuracies: [[Double]],
        draws: Int,
        cost: [String: Double] = [:]
    ) throws -> MethodRecords {
        let method = Method(name: name, label: name, role: role)
        let records = try accuracies.enumerated().map { seed, devices in
            let mean = devices.reduce(0, +) / Double(devices.count)
            let run = try MadeRun(
                model: "cnn",
                method: method,
                seed: UInt64(seed + 1),
                metrics: ["devices": ["accuracy": mean]],
                curve: [EpochPoint(epoch: 1, loss: 1, validation: mean)],
                validation: "accuracy",
                cost: cost
            ).run
            return ExperimentRecord(
                key: nil,
                run: run,
                data: DataSummary(name: "made up", facts: [.init("Devices", devices.count)]),
                split: "devices that training never met",
                scores: RecordedScores(
                    sets: [MeasuredSet(name: "devices", label: "devices", subjects: "devices", count: devices.count)],
                    parts: [:],
                    draws: ["devices": ["accuracy": PackedValues([Double](repeating: mean, count: draws))]],
                    subjects: SubjectValues(metric: "accuracy", values: PackedValues(devices))
                )
            )
        }
        return MethodRecords(method: method, model: "cnn", records: records)
    }
}

/// A run by its JSON, as runs are otherwise made of trained models.
private struct MadeRun: Encodable {
    let model: String
    let method: Method
    let seed: UInt64
    let metrics: [String: [String: Double]]
    let curve: [EpochPoint]
    let validation: String
    let cost: [String: Double]

    var run: Run {
        get throws { try JSONDecoder().decode(Run.self, from: JSONEncoder().encode(self)) }
    }
}
