/// A claim with what was found of it.
public struct ClaimResult: Codable, Sendable, Equatable {
    /// Unique in an experiment.
    public var id: String
    /// The claim in words.
    public var text: String
    /// The left expression as written.
    public var left: String
    /// How the two are claimed to relate: `>=`, `<=`, `>`, `<`.
    public var relation: String
    /// The right expression as written.
    public var right: String
    /// The value of the left expression less the right one's, or of the left one where the right is a number; `nil` where it is undecided.
    public var value: Double?
    /// Lower end of the 95 % interval of ``value``.
    public var low: Double?
    /// Upper end of the 95 % interval of ``value``.
    public var high: Double?
    /// What ``value`` is compared with.
    public var bound: Double?
    /// Whether the whole interval lies on the right side; `nil` where it is undecided.
    public var holds: Bool?
    /// Why, in words.
    public var reason: String

    /// Creates a claim's result.
    public init(
        id: String,
        text: String,
        left: String,
        relation: String,
        right: String,
        value: Double? = nil,
        low: Double? = nil,
        high: Double? = nil,
        bound: Double? = nil,
        holds: Bool? = nil,
        reason: String
    ) {
        (self.id, self.text, self.left, self.relation, self.right) = (id, text, left, relation, right)
        (self.value, self.low, self.high, self.bound, self.holds) = (value, low, high, bound, holds)
        self.reason = reason
    }
}
