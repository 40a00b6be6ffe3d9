import MetaNetworkData
import MetaNetworkTraining
import Torch

/// What a stream of changing images comes to on a device that the cloud helps by a policy.
package struct AdaptedStream {
    /// Accuracy on the stream, each image as it came (the set `stream`, apart by corruption), and of clean images in the end (`clean`).
    package let scores: Scores
    /// Share of the stream that the teacher has right, `teacher-right`.
    package let measures: [String: Double]
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
    /// - Throws: `TorchError`; ``MetaNetworkModels/ModelError/unsuitable(_:)`` where the device's last hidden layer is not its `sample`.
    package init(
        device start: ImageClassifier,
        teacher: ImageClassifier,
        on stream: CorruptedStream,
        _ plan: Plan,
        seed: UInt64
    ) throws {
        try start.requireHiddenLayer()
        let policy = plan.policy
        var device = PromptedDevice(start)
        var cloud = try CloudTeaching(teacher: teacher, device: start, policy, seed: seed)
        var choice = UploadChoice(policy, share: plan.share, seed: seed)
        var logits: [Float] = []
        var bytes = (up: 0, down: 0)
        for (number, batch) in stream.batches.enumerated() {
            logits += try device.logits(batch.images)
            guard policy.uploads else { continue }
            let uncertainties = try device.uncertainties(batch.images)
            let uploaded = choice.chosen(uncertainties).map { batch.images[$0] }
            // The batch's uncertainty goes along.
            bytes.up += uploaded.count * start.inputCount + 4
            try cloud.learn(uploaded, uncertainty: uncertainties.reduce(0, +) / Float(uncertainties.count))
            if policy.sendsWeights, (number + 1) % plan.lag == 0 {
                device = PromptedDevice(try cloud.sendWeights())
                bytes.down += 4 * start.weightCount
            } else if policy.sendsPrompt {
                device.prompt = cloud.prompt
                bytes.down += 4 * start.inputCount
            }
        }
        self.bytes = bytes
        scores = Self.scores(stream, logits, clean: try device.logits(stream.cleanImages))
        measures = ["teacher-right": try Self.accuracy(of: teacher, on: stream)]
    }

    private static func scores(_ stream: CorruptedStream, _ logits: [Float], clean: [Float]) -> Scores {
        Scores(
            [
                ("stream", "the stream, each image as it came", stream.scores(logits)),
                ("clean", "clean images after the stream", stream.cleanScores(clean)),
            ],
            subjects: "batches",
            groupsAs: "By corruption"
        )
    }

    private static func accuracy(of teacher: ImageClassifier, on stream: CorruptedStream) throws -> Double {
        let own = PromptedDevice(teacher)
        let scores = stream.scores(try stream.batches.flatMap { try own.logits($0.images) })
        guard let accuracy = Metrics(scores).values["accuracy"] else { preconditionFailure("classes have an accuracy") }
        return accuracy
    }
}

/// A device that adds a prompt to what it sees.
private struct PromptedDevice {
    let classifier: ImageClassifier
    /// One value a pixel.
    var prompt: [Float]

    /// A device without a prompt.
    init(_ classifier: ImageClassifier) {
        self.classifier = classifier
        prompt = [Float](repeating: 0, count: classifier.inputCount)
    }

    func logits(_ images: [[Float]]) throws -> [Float] {
        try withoutGradients { try classifier.logits(prompted(images)).floats() }
    }

    func uncertainties(_ images: [[Float]]) throws -> [Float] { try classifier.uncertainties(prompted(images)) }

    private func prompted(_ images: [[Float]]) throws -> Tensor {
        try Tensor(rows: images.map { zip($0, prompt).map(+) })
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
            case .full, .weights, .prompt, .shuffled, .plainStep, .entropy: uncertainties
            }
        let chosen = Chosen.most(worth, share: share, seed: random.next())
        return chosen.indices.filter { chosen[$0] }
    }
}
