import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining
import Torch

/// The cloud's part of U-VPA (arXiv 2212.00972): a teacher labels what a device uploads, a student of the device's architecture learns
/// the labels, and so does a prompt, one input that the device adds to all that it reads.
///
/// Both learn the cross-entropy of the teacher's likeliest class plus ``alignment`` times the divergence of the teacher's probabilities
/// from the model's. The paper names a supervised and an align loss; their form and every number here are ours, found on validation
/// images. In three ways this is not the paper's: the prompt learns with the weights that the device has rather than with the student's,
/// which the device does not have yet; the student learns inputs without the prompt, which starts anew from 0 with the student's weights;
/// and each step of the prompt first takes a little of it away, as the world for which it was learned passes.
package struct CloudTeaching {
    /// What the device adds to its inputs, in the input's order.
    package private(set) var prompt: [Float]
    let student: InputClassifier
    let optimizer: Adam
    /// Batches learned, and the sum of their uncertainties.
    var learned = (batches: 0, uncertainty: Float(0))
    private let policy: AdaptingPolicy
    private let teacher: InputClassifier
    /// The weights that the device has.
    private var deployed: InputClassifier
    private var uploads: [Upload] = []
    private var random: SeededGenerator

    /// What was uploaded of one batch.
    private struct Upload {
        /// [inputs, elements].
        let inputs: Tensor
        /// What the teacher is asked about, [inputs, elements]: the same, or for a control the same in another order.
        let asked: Tensor
    }

    /// Steps after each upload.
    private static let steps = 5
    /// Earlier uploads that the student learns again, and those that the prompt does, which is to fit the world as it is.
    package static let replayed = (student: 4, prompt: 1)
    private static let learningRate = 2e-3
    private static let alignment = 0.3
    /// Change of the element that changes most in a step of the prompt.
    private static let promptStep: Float = 0.02
    /// Share of the prompt that a step leaves.
    private static let promptKept: Float = 0.97

    /// - Parameters:
    ///   - teacher: A larger model of the same inputs and classes.
    ///   - device: The device's model, with which the student starts, and the prompt that it has.
    ///   - policy: What is learned.
    ///   - seed: Seed of what the policy draws.
    /// - Throws: `TorchError`; ``MetaNetworkModels/ModelError/unsuitable(_:)`` where the two read other inputs or tell other numbers of
    ///   classes.
    package init(
        teacher: InputClassifier,
        device: InputClassifier,
        _ policy: AdaptingPolicy = .full,
        seed: UInt64 = 1
    ) throws {
        guard teacher.inputCount == device.inputCount, teacher.classCount == device.classCount else {
            throw ModelError.unsuitable(
                "the teacher reads \(teacher.inputCount) values and tells \(teacher.classCount) classes, the device's model reads "
                    + "\(device.inputCount) and tells \(device.classCount); train both on the same data"
            )
        }
        prompt = try device.prompt()
        (self.teacher, self.policy, deployed) = (teacher, policy, device.prompted(by: nil))
        student = try deployed.copy(isTrained: true)
        optimizer = try Adam(student.tensors, learningRate: Self.learningRate)
        random = SeededGenerator(seed: seed, streams: [33])
    }

    /// Learns from some inputs.
    ///
    /// - Parameters:
    ///   - inputs: What devices upload, without the prompt.
    ///   - uncertainty: The mean of what the device says of them, from 0 to 1.
    /// - Complexity: Five forward and backward passes of the student over these and four uploads before, as many of the device's model,
    ///   and of the teacher's without backward.
    package mutating func learn(_ inputs: [[Float]], uncertainty: Float) throws {
        try remember(inputs)
        let size = Self.promptStep * stepFactor(uncertainty)
        for _ in 0..<Self.steps {
            if policy.sendsWeights { try stepStudent() }
            if policy.sendsPrompt { try stepPrompt(size) }
        }
    }

    /// Keeps some inputs, which were learned before, to be learned again.
    package mutating func remember(_ inputs: [[Float]]) throws {
        let asked = policy == .shuffled ? inputs.shuffled(using: &random) : inputs
        uploads =
            uploads.suffix(Self.replayed.student) + [
                Upload(inputs: try Tensor(rows: inputs), asked: try Tensor(rows: asked))
            ]
    }

    /// Batches learned since the weights that it began with.
    package var batches: Int { learned.batches }

    /// How many inputs teacher and device take for different classes, the device with its prompt.
    package func disagreements(_ inputs: [[Float]]) throws -> Int {
        try withoutGradients {
            let inputs = try Tensor(rows: inputs)
            let prompt = try Tensor(self.prompt, shape: [self.prompt.count])
            let own = try Self.classes(deployed.prompted(by: prompt).logits(inputs))
            return try zip(own, Self.classes(teacher.logits(inputs))).count { $0 != $1 }
        }
    }

    /// The student's weights as they are now, which go to the device; the prompt starts anew.
    @discardableResult
    package mutating func sendWeights() throws -> InputClassifier {
        deployed = try student.copy()
        prompt = [Float](repeating: 0, count: prompt.count)
        return deployed
    }

    /// 1 + u for a batch of which the device is less sure than of those before it, 1 − u for others, with u the batch's uncertainty.
    private mutating func stepFactor(_ uncertainty: Float) -> Float {
        defer { learned = (learned.batches + 1, learned.uncertainty + uncertainty) }
        guard policy != .plainStep, learned.batches > 0 else { return 1 }
        return uncertainty > learned.uncertainty / Float(learned.batches) ? 1 + uncertainty : 1 - uncertainty
    }

    private func stepStudent() throws {
        let logits = try student.logits(Tensor.concatenate(uploads.map(\.inputs), axis: 0))
        let loss =
            policy == .entropy
            ? try logits.crossEntropy(against: logits.softmax(axis: 1))
            : try lesson(logits, asked: Tensor.concatenate(uploads.map(\.asked), axis: 0), prompt: nil)
        try loss.backward()
        _ = try optimizer.takeStep()
    }

    private mutating func stepPrompt(_ size: Float) throws {
        let recent = uploads.suffix(Self.replayed.prompt + 1)
        let prompt = try Tensor(self.prompt, shape: [self.prompt.count])
        try prompt.requireGradient()
        let logits = try deployed.prompted(by: prompt).logits(Tensor.concatenate(recent.map(\.inputs), axis: 0))
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
    ///   - asked: What the teacher answers, without the prompt; [rows, elements].
    ///   - prompt: What the model's inputs had in addition, [elements]; the probabilities, not the class, are those with it.
    private func lesson(_ logits: Tensor, asked: Tensor, prompt: Tensor?) throws -> Tensor {
        let (classes, probabilities) = try withoutGradients {
            let answers = try teacher.logits(asked)
            let prompted = try prompt.map { try teacher.prompted(by: $0).logits(asked) } ?? answers
            let classes = try Self.classes(answers)
            return (try Tensor(indices: classes, shape: [classes.count]), try prompted.softmax(axis: 1))
        }
        // The divergence is this cross-entropy less the teacher's entropy, which nothing here changes.
        return try logits.crossEntropy(classes) + logits.crossEntropy(against: probabilities) * Self.alignment
    }

    /// The class of the largest logit of each row.
    private static func classes(_ logits: Tensor) throws -> [Int64] {
        try logits.rows().map { row in Int64(row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }) }
    }
}
