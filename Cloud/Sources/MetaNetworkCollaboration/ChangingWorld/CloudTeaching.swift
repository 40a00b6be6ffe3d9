import MetaNetworkData
import MetaNetworkTraining
import Torch

/// The cloud's part of U-VPA (arXiv 2212.00972): a teacher labels what a device uploads, a student of the device's architecture learns
/// the labels, and so does a prompt, one image that the device adds to all that it sees.
///
/// Both learn the cross-entropy of the teacher's likeliest class plus ``alignment`` times the divergence of the teacher's probabilities
/// from the model's. The paper names a supervised and an align loss; their form and every number here are ours, found on validation
/// images. In three ways this is not the paper's: the prompt learns with the weights that the device has rather than with the student's,
/// which the device does not have yet; the student learns images without the prompt, which starts anew from 0 with the student's weights;
/// and each step of the prompt first takes a little of it away, as the world for which it was learned passes.
struct CloudTeaching {
    /// What the device adds to its images, one value a pixel.
    private(set) var prompt: [Float]
    private let policy: AdaptingPolicy
    private let teacher: ImageClassifier
    private let student: ImageClassifier
    /// The weights that the device has.
    private var deployed: ImageClassifier
    private let optimizer: Adam
    private var uploads: [Upload] = []
    private var uncertainties: [Float] = []
    private var random: SeededGenerator

    /// What was uploaded of one batch.
    private struct Upload {
        /// [images, pixels].
        let images: Tensor
        /// What the teacher is asked about, [images, pixels]: the same, or for a control the same in another order.
        let asked: Tensor
    }

    /// Steps after each upload.
    private static let steps = 5
    /// Earlier uploads that the student learns again, and those that the prompt does, which is to fit the world as it is.
    private static let replayed = (student: 4, prompt: 1)
    private static let learningRate = 2e-3
    private static let alignment = 0.3
    /// Change of the pixel that changes most in a step of the prompt.
    private static let promptStep: Float = 0.02
    /// Share of the prompt that a step leaves.
    private static let promptKept: Float = 0.97

    /// - Parameters:
    ///   - teacher: A larger model.
    ///   - device: The device's model, with which the student starts.
    ///   - policy: What is learned.
    ///   - seed: Seed of what the policy draws.
    init(teacher: ImageClassifier, device: ImageClassifier, _ policy: AdaptingPolicy, seed: UInt64) throws {
        (self.teacher, deployed, self.policy) = (teacher, device, policy)
        student = try device.copy(isTrained: true)
        optimizer = try Adam(student.tensors, learningRate: Self.learningRate)
        prompt = [Float](repeating: 0, count: device.inputCount)
        random = SeededGenerator(seed: seed, streams: [33])
    }

    /// Learns from some images.
    ///
    /// - Parameters:
    ///   - images: What the device uploads, without the prompt.
    ///   - uncertainty: The mean of the batch that they are from.
    mutating func learn(_ images: [[Float]], uncertainty: Float) throws {
        let asked = policy == .shuffled ? images.shuffled(using: &random) : images
        uploads =
            uploads.suffix(Self.replayed.student) + [
                Upload(images: try Tensor(rows: images), asked: try Tensor(rows: asked))
            ]
        let size = Self.promptStep * stepFactor(uncertainty)
        for _ in 0..<Self.steps {
            if policy.sendsWeights { try stepStudent() }
            if policy.sendsPrompt { try stepPrompt(size) }
        }
    }

    /// The student's weights as they are now, which go to the device; the prompt starts anew.
    mutating func sendWeights() throws -> ImageClassifier {
        deployed = try student.copy()
        prompt = [Float](repeating: 0, count: prompt.count)
        return deployed
    }

    /// 1 + u for a batch of which the device is less sure than of those before it, 1 − u for others, with u the batch's uncertainty.
    private mutating func stepFactor(_ uncertainty: Float) -> Float {
        defer { uncertainties.append(uncertainty) }
        guard policy != .plainStep, !uncertainties.isEmpty else { return 1 }
        let mean = uncertainties.reduce(0, +) / Float(uncertainties.count)
        return uncertainty > mean ? 1 + uncertainty : 1 - uncertainty
    }

    private func stepStudent() throws {
        let logits = try student.logits(Tensor.concatenate(uploads.map(\.images), axis: 0))
        let loss =
            policy == .entropy
            ? try logits.crossEntropy(against: logits.softmax(axis: 1))
            : try lesson(logits, asked: Tensor.concatenate(uploads.map(\.asked), axis: 0), prompt: nil)
        try loss.backward()
        _ = try optimizer.takeStep()
    }

    private mutating func stepPrompt(_ size: Float) throws {
        let recent = uploads.suffix(Self.replayed.prompt + 1)
        let prompt = try Tensor(self.prompt, shape: [1, self.prompt.count])
        try prompt.requireGradient()
        let logits = try deployed.logits(Tensor.concatenate(recent.map(\.images), axis: 0) + prompt)
        try lesson(logits, asked: Tensor.concatenate(recent.map(\.asked), axis: 0), prompt: prompt).backward()
        guard let gradient = try prompt.gradient()?.floats() else {
            preconditionFailure("the loss depends on the prompt")
        }
        let largest = gradient.reduce(0) { max($0, abs($1)) }
        guard largest > 0 else { return }
        for place in gradient.indices {
            self.prompt[place] = Self.promptKept * self.prompt[place] - size * gradient[place] / largest
        }
    }

    /// What a model is to learn of the teacher.
    ///
    /// - Parameters:
    ///   - logits: The model's.
    ///   - asked: What the teacher answers, without the prompt; [rows, pixels].
    ///   - prompt: What the model's images had in addition, [1, pixels]; the probabilities, not the class, are those with it.
    private func lesson(_ logits: Tensor, asked: Tensor, prompt: Tensor?) throws -> Tensor {
        let (classes, probabilities) = try withoutGradients {
            let answers = try teacher.logits(asked)
            let prompted = try prompt.map { try teacher.logits(asked + $0) } ?? answers
            return (try Self.likeliest(answers), try prompted.softmax(axis: 1))
        }
        // The divergence is this cross-entropy less the teacher's entropy, which nothing here changes.
        return try logits.crossEntropy(classes) + logits.crossEntropy(against: probabilities) * Self.alignment
    }

    /// The class of the largest logit of each row.
    private static func likeliest(_ logits: Tensor) throws -> Tensor {
        let classes = try logits.rows().map { row in Int64(row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }) }
        return try Tensor(indices: classes, shape: [classes.count])
    }
}
