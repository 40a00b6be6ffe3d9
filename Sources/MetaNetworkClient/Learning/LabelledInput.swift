/// An input of a model over vectors, windows or images, with what is right for it.
public struct LabelledInput: Sendable, Equatable {
    /// As for ``PersonalModel/outputs(of:)``.
    public var input: [Float]
    /// What is right.
    public var target: Target

    /// What is right for an input.
    public enum Target: Sendable, Equatable {
        /// The name of its class, one of ``PersonalModel/outputNames``.
        case label(String)
        /// The values to be predicted, in the order of ``PersonalModel/outputNames``.
        case values([Float])
    }

    /// Creates an example for a model that tells classes.
    public init(_ input: [Float], label: String) { (self.input, target) = (input, .label(label)) }

    /// Creates an example for a model that predicts values.
    public init(_ input: [Float], values: [Float]) { (self.input, target) = (input, .values(values)) }
}
