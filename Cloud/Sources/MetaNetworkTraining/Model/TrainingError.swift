/// Why training, evaluation or loading could not go on; the message says how to fix it.
public enum TrainingError: Error, Sendable, CustomStringConvertible {
    /// A tensor that the model needs is not in the weights.
    case missingParameter(String)
    /// A tensor has another shape than the model's.
    case wrongShape(String, expected: [Int], found: [Int])
    /// A setting has a value that cannot be used.
    case badSetting(String)
    /// Loss or gradient stopped being a number; the last good checkpoint is kept.
    case notFinite(epoch: Int, step: Int, checkpoint: String?)
    /// A trained model gives a score that is not a number.
    case scoreNotFinite
    /// The user asked to stop; the checkpoint lets the run go on.
    case interrupted(checkpoint: String?)
    /// A checkpoint was made by another configuration.
    case checkpointMismatch(String)

    /// The message.
    public var description: String {
        switch self {
        case .missingParameter(let name):
            "the weights have no tensor '\(name)'; they belong to another architecture"
        case .wrongShape(let name, let expected, let found):
            "tensor '\(name)' has shape \(found), the model needs \(expected); they belong to another architecture"
        case .badSetting(let text): text
        case .notFinite(let epoch, let step, let checkpoint):
            "the loss is not a number at epoch \(epoch), step \(step): training stopped; lower --learning-rate"
                + (checkpoint.map { "; the last good state is in \($0)" } ?? "")
        case .scoreNotFinite: "the model gives a score that is not a number; train again with a lower --learning-rate"
        case .interrupted(let checkpoint):
            "interrupted" + (checkpoint.map { "; the state is in \($0): go on with --resume" } ?? "")
        case .checkpointMismatch(let text): text
        }
    }
}
