import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining
import Torch

/// What a stream of changing images comes to on a device that the cloud helps by a policy.
package struct AdaptedStream {
    /// Accuracy on the stream, each image as it came (the set `stream`, apart by corruption), and of clean images in the end (`clean`).
    package let scores: Scores
    /// What went over the network in all, in bytes: uploaded images with a byte a pixel, prompts and weights with four a value.
    package let bytes: (up: Int, down: Int)

    /// How device and cloud go about it.
    package struct Plan: Sendable {
        let policy: AdaptingPolicy
        let lag: Int
        let share: Double

        /// - Parameters:
        ///   - policy: What is uploaded, learned and sent.
        ///   - lag: Batches from one sending of weights to the next.
        ///   - share: Share of a batch that is uploaded, from 0 to 1.
        package init(_ policy: AdaptingPolicy, lag: Int, share: Double) {
            (self.policy, self.lag, self.share) = (policy, lag, share)
        }
    }

    /// - Parameters:
    ///   - device: The device's model, trained with clean images.
    ///   - teacher: The cloud's.
    ///   - stream: What the device sees.
    ///   - plan: What they do.
    ///   - seed: Seed of what the policy draws.
    /// - Throws: `TorchError`; `DeviceModelError` where the device's model does not end in a dense layer.
    package init(
        device start: InputClassifier,
        teacher: InputClassifier,
        on stream: CorruptedStream,
        _ plan: Plan,
        seed: UInt64
    ) throws {
        let policy = plan.policy
        var device = try start.device()
        var cloud = try CloudTeaching(teacher: teacher, device: start, policy, seed: seed)
        var choice = UploadChoice(policy, share: plan.share, seed: seed)
        // What other worlds taught: the control's device gets the prompt of a lag before.
        var prompts = [[Float]](repeating: try start.prompt(), count: plan.lag)
        var logits: [Float] = []
        var bytes = (up: 0, down: 0)
        for (number, batch) in stream.batches.enumerated() {
            logits += try Self.logits(batch.images, &device)
            guard policy.uploads else { continue }
            let uncertainties = try batch.images.map { try device.uncertainty(of: $0) }
            let chosen = choice.chosen(uncertainties)
            // Each image's uncertainty goes along.
            bytes.up += chosen.count * (start.inputCount + 4)
            try cloud.learn(
                chosen.map { batch.images[$0] },
                uncertainty: chosen.reduce(0) { $0 + uncertainties[$1] } / Float(chosen.count)
            )
            prompts.append(cloud.prompt)
            if policy.sendsWeights, (number + 1) % plan.lag == 0 {
                device = try cloud.sendWeights().device()
                bytes.down += 4 * start.weightCount
            } else if policy.sendsPrompt {
                try device.usePrompt(policy == .otherPrompt ? prompts[number] : cloud.prompt)
                bytes.down += 4 * start.inputCount
            }
        }
        self.bytes = bytes
        scores = stream.scores(logits, clean: try Self.logits(stream.cleanImages, &device))
    }

    private static func logits(_ images: [[Float]], _ device: inout DeviceModel) throws -> [Float] {
        try images.flatMap { try device.outputs(of: $0) }
    }
}

/// Chooses what a device uploads of each batch.
struct UploadChoice {
    private let policy: AdaptingPolicy
    private let share: Double
    private var random: SeededGenerator

    init(_ policy: AdaptingPolicy, share: Double, seed: UInt64) {
        (self.policy, self.share) = (policy, share)
        random = SeededGenerator(seed: seed, streams: [34])
    }

    /// Indices of the images of a batch that are uploaded: those that the device is least sure of, but for controls.
    mutating func chosen(_ uncertainties: [Float]) -> [Int] {
        let worth: [Float] =
            switch policy {
            case .never: []
            case .random: uncertainties.map { _ in random.uniform() }
            case .least: uncertainties.map { -$0 }
            case .full, .weights, .prompt, .shuffled, .plainStep, .otherPrompt, .entropy: uncertainties
            }
        // One at least, as a device does.
        let least = 1 / Double(max(1, worth.count))
        let chosen = Chosen.most(worth, share: max(share, least), seed: random.next())
        return chosen.indices.filter { chosen[$0] }
    }
}
