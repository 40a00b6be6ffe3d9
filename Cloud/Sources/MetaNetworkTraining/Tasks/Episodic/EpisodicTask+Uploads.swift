import MetaNetworkData
import MetaNetworkModels
import Torch

extension EpisodicTask {
    /// Two uploads of one device, without a sample in both.
    package struct UploadPair: Sendable {
        /// What the generator reads of each upload.
        package let z: (first: [Float], second: [Float])
        /// What stands for each sample of each upload.
        package let samples: (first: [[Float]], second: [[Float]])
    }

    /// An upload of the first half of each device's inputs, and one of the second half: those nearest to the end of each.
    ///
    /// - Parameters:
    ///   - model: A model with a generator that reads samples.
    ///   - part: Whose devices.
    /// - Returns: A pair for each device with two inputs or more; `nil` where inputs are no device's own.
    /// - Throws: `TorchError`.
    package func uploadPairs(_ model: JointModel, of part: Part) throws -> [UploadPair]? {
        guard let devices = source.labelledDevices(part) else { return nil }
        let halves = devices.filter { $0.inputs.count > 1 }.flatMap { device in
            let middle = device.inputs.count / 2
            return [device.inputs[..<middle], device.inputs[middle...]].map { half in
                Episode(
                    device: device.name,
                    support: Array(half.suffix(source.samples)),
                    query: [device.inputs[0]],
                    targets: device.targets[0]
                )
            }
        }
        guard !halves.isEmpty else { return [] }
        let z = try withoutGradients { try EpisodeBatch(halves, dropoutSeed: nil).deviceEncodings(model).rows() }
        let samples = try halves.map { try Self.samples(of: $0.support, by: model.network) }
        return stride(from: 0, to: halves.count, by: 2).map { place in
            UploadPair(z: (z[place], z[place + 1]), samples: (samples[place], samples[place + 1]))
        }
    }
}
