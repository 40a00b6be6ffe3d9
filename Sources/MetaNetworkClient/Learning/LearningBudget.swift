/// What learning on the device may cost. Whichever is used up first ends it.
public struct LearningBudget: Sendable, Equatable {
    /// Maximum number of steps along the gradients of all examples.
    public var steps: Int
    /// Maximum time of the steps and what prepares them, in seconds. What was learned is compared after that, which takes the model
    /// once for each example that was kept back.
    public var seconds: Double

    /// More steps than these count as so many.
    public static let mostSteps = 10_000
    /// More seconds than these count as so many.
    public static let mostSeconds = 600.0

    /// Creates a budget: as many steps as the cloud's fine-tuning takes, and ten seconds, unless told otherwise.
    public init(steps: Int = 20, seconds: Double = 10) { (self.steps, self.seconds) = (steps, seconds) }

    /// The same within what a device may spend.
    ///
    /// - Throws: ``ClientError/invalidInput(reason:)`` where it allows nothing.
    func bounded() throws(ClientError) -> LearningBudget {
        guard steps > 0, seconds > 0 else {
            let reason =
                "the budget is \(steps) steps and \(seconds) seconds, in which nothing can be learned; give more than 0 of both"
            throw .invalidInput(reason: reason)
        }
        return LearningBudget(steps: min(steps, Self.mostSteps), seconds: min(seconds, Self.mostSeconds))
    }
}
