import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels

extension EpisodicTask {
    /// What tells inputs of devices that a model was trained on from those of held-out devices: how well it knows what is right of them.
    /// Of classes the logarithm of the probability, of values less the squared error.
    ///
    /// - Parameter model: The model; what it generates does not count.
    /// - Returns: `nil` where inputs are no device's own, as images that devices share, or there are none.
    /// - Throws: ``TrainingError/scoreNotFinite``.
    package func membership(of model: JointModel) throws -> MembershipScores? {
        guard let training = source.labelledDevices(.training), let test = source.labelledDevices(.test) else {
            return nil
        }
        let base = model.withoutGenerator
        let members = try scores(of: training, base)
        let others = try scores(of: test, base)
        guard members.contains(where: { !$0.isEmpty }), others.contains(where: { !$0.isEmpty }) else { return nil }
        return MembershipScores(
            members: members.enumerated().flatMap { device, scores in scores.map { (device, $0) } },
            others: others.enumerated().flatMap { device, scores in scores.map { (training.count + device, $0) } }
        )
    }

    private func scores(of devices: [LabelledDevice], _ model: JointModel) throws -> [[Double]] {
        try devices.map { device in
            let outputs = try model.globalOutputs(of: device.inputs)
            let width = outputs.count / max(1, device.inputs.count)
            return try device.inputs.indices.map { input in
                let own = outputs[input * width..<(input + 1) * width].map(Double.init)
                let score = score(own, device.targets[input])
                guard score.isFinite else { throw TrainingError.scoreNotFinite }
                return score
            }
        }
    }

    private func score(_ outputs: [Double], _ targets: [Float]) -> Double {
        guard source.outputs.kind == .classification else {
            return -zip(outputs, targets).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
        }
        let largest = outputs.max() ?? 0
        let label = targets.first.map { Int($0) } ?? 0
        return outputs[label] - largest - log(outputs.reduce(0) { $0 + exp($1 - largest) })
    }
}
