/// Why training, evaluation or loading could not go on; the message says how to fix it.
public enum TrainingError: Error, Sendable, CustomStringConvertible {
    /// A setting has a value that cannot be used.
    case badSetting(String)
    /// Loss or gradient became infinite or NaN; the last good checkpoint is kept.
    case notFinite(epoch: Int, step: Int, checkpoint: String?)
    /// A trained model gives a score that is infinite or NaN.
    case scoreNotFinite
    /// The user asked to stop; the checkpoint lets the run go on.
    case interrupted(checkpoint: String?)
    /// Another rank is gone; the checkpoint, of the rank that has it, lets the run go on.
    case rankLost(String, checkpoint: String?)
    /// The place of the state cannot be reached, for longer than it is waited for.
    case stateAway(String)
    /// Another run has the place of the state.
    case stateTaken(String)
    /// Another run wrote to the place of the state while this one began.
    case stateChanged(String)
    /// A checkpoint was made by another configuration.
    case checkpointMismatch(String)

    /// The message.
    public var description: String {
        switch self {
        case .badSetting(let text): text
        case .notFinite(let epoch, let step, let checkpoint):
            "the loss is not a number at epoch \(epoch), step \(step): training stopped; lower --learning-rate"
                + (checkpoint.map { "; the last good state is in \($0)" } ?? "")
        case .scoreNotFinite: "the model gives a score that is not a number; train again with a lower --learning-rate"
        case .interrupted(let checkpoint):
            if let checkpoint {
                "interrupted; the state is in \(checkpoint): go on with --resume"
            } else {
                "interrupted"
            }
        case .rankLost(let text, let checkpoint):
            text + (checkpoint.map { "; the state is in \($0)" } ?? "")
                + "; start all ranks again with --resume-if-there"
        case .stateAway(let text), .stateTaken(let text), .stateChanged(let text), .checkpointMismatch(let text): text
        }
    }
}
