/// What learning on the device came to.
public struct LearningReport: Sendable, Equatable {
    /// Whether what was learned answers from now on.
    public let verdict: Verdict
    /// Steps taken; fewer than the budget's where the time was over or the weights would have overflowed.
    public let steps: Int
    /// Mean loss on the examples that were learned from, before the first step and after the last: cross-entropy in nats, or squared error.
    /// `nil` where there was no time to find out.
    public let loss: Change?
    /// The same on the examples that were kept back: each fourth one, of 8 or more. `nil` where there are fewer, or no step was taken.
    public let heldOutLoss: Change?
    /// Multiply-adds of all steps together, those of dense layers.
    public let multiplyAdds: Int

    /// A loss before and after.
    public struct Change: Sendable, Equatable {
        /// With the weights that were in use.
        public let before: Double
        /// With what was learned; infinite or NaN where it overflows.
        public let after: Double

        /// Creates a value.
        public init(before: Double, after: Double) { (self.before, self.after) = (before, after) }

        /// Whether the loss fell.
        var isBetter: Bool { after < before }
    }

    /// Whether what was learned is used, and why not.
    public enum Verdict: Sendable, Equatable {
        /// It answers.
        case used
        /// The weights before it answer: on the examples that were kept back, or on all where there are fewer than 8, it was no better.
        case noBetter
        /// Others answer: personal weights came or went meanwhile, or another version of the model did.
        case outdated
    }
}
