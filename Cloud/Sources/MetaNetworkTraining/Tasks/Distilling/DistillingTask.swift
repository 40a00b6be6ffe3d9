import MetaNetworkModels
import Torch

/// A learning task in which one model can learn what another says of the same rows.
package protocol DistillingTask: PlannedTask {
    /// A profile of each device of training, all of one width; `nil` where nothing is known of them.
    var profiles: [[Float]]? { get }

    /// What the outputs of a model are the parameters of.
    ///
    /// - Throws: ``TrainingError/badSetting(_:)`` where the loss does not fit the model.
    func likelihood(of model: JointModel, _ configuration: TrainingConfiguration) throws -> Likelihood

    /// Index of each row's device among those of training; of a batch that was made for a model with a vector for each.
    func owners(_ batch: Batch) -> [Int]

    /// What stands for each row without its device, [rows, features].
    func features(_ model: JointModel, _ batch: Batch) throws -> Tensor

    /// Outputs of a model with the given dynamic layers, [rows, outputs].
    ///
    /// - Parameter isTraining: Whether dropout takes elements.
    func outputs(
        _ model: JointModel,
        _ batch: Batch,
        _ layers: any DynamicLayers,
        isTraining: Bool
    ) throws -> Tensor

    /// The task's loss of some outputs, a mean over the rows.
    func loss(of outputs: Tensor, _ batch: Batch) throws -> Tensor
}

/// What the outputs of a model are the parameters of.
package enum Likelihood: Sendable {
    /// Logits of one choice among all columns.
    case softmax
    /// Logits of a yes or no for each column.
    case bernoulli
    /// Means of values, all of the same variance.
    case normal

    /// Divergence of what a student says from what a teacher does, KL(teacher ‖ student), a mean over the rows; of yes and no over the
    /// columns too. Of values it is their squared difference. Gradients go through the student alone.
    ///
    /// - Parameters:
    ///   - teacher: Outputs of the teacher, [rows, outputs].
    ///   - student: Outputs of the student, [rows, outputs].
    package func divergence(of student: Tensor, from teacher: Tensor) throws -> Tensor {
        let teacher = try teacher.detached()
        switch self {
        case .normal: return try student.squaredError(teacher)
        case .softmax:
            let probabilities = try teacher.softmax(axis: -1)
            return try student.crossEntropy(against: probabilities)
                + teacher.crossEntropy(against: probabilities) * -1
        case .bernoulli:
            let probabilities = try teacher.sigmoid()
            return try student.binaryCrossEntropy(probabilities)
                + teacher.binaryCrossEntropy(probabilities) * -1
        }
    }
}

extension Tensor {
    /// Mean cross-entropy of these logits, [rows, classes], against probabilities of the classes, [rows, classes], through which
    /// gradients may go too: those of the same logits give their entropy.
    package func crossEntropy(against probabilities: Tensor) throws -> Tensor {
        let (rows, classes) = (size(0), size(1))
        let first = try Tensor([1] + [Float](repeating: 0, count: classes - 1), shape: [1, classes])
        let ofFirst = try crossEntropy(Tensor(indices: [Int64](repeating: 0, count: rows), shape: [rows]))
        // It is log Σ exp z − Σ p·z, and that of the first class log Σ exp z − z₀.
        return try ofFirst + ((first + probabilities * -1) * self).sum(axis: 1).mean()
    }

    /// 1 / (1 + exp(-x)) of every element.
    fileprivate func sigmoid() throws -> Tensor {
        let shape = self.shape
        let flat = try reshape([1, -1])
        let zeros = try Tensor([Float](repeating: 0, count: flat.size(1)), shape: [1, flat.size(1)])
        let both = try Tensor.concatenate([flat, zeros], axis: 0).softmax(axis: 0)
        return try both.rows(Tensor(indices: [0], shape: [1])).reshape(shape)
    }
}
