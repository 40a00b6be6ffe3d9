/// A sentence about an experiment that its results decide: two expressions and how they relate.
///
/// The expressions are read by ``ClaimEvaluator``; docs/experiments.md gives the grammar.
public struct Claim: Codable, Sendable, Equatable {
    /// Unique in an experiment.
    public var id: String
    /// The claim in words.
    public var text: String
    /// The left expression.
    public var left: String
    /// How the left side is claimed to relate to the right one.
    public var relation: Relation
    /// The right expression.
    public var right: String

    /// Creates a claim; its expressions are not read yet.
    public init(id: String, text: String, left: String, relation: Relation, right: String) {
        (self.id, self.text, self.left, self.relation, self.right) = (id, text, left, relation, right)
    }

    /// How two values may relate.
    public enum Relation: String, Codable, Sendable, CaseIterable {
        /// Not smaller.
        case atLeast = ">="
        /// Not larger.
        case atMost = "<="
        /// Larger.
        case above = ">"
        /// Smaller.
        case below = "<"

        /// Whether it holds for two values.
        func holds(_ left: Double, _ right: Double) -> Bool {
            switch self {
            case .atLeast: left >= right
            case .atMost: left <= right
            case .above: left > right
            case .below: left < right
            }
        }

        /// Whether larger values of the left side speak for the claim.
        var isLargerBetter: Bool { self == .atLeast || self == .above }
    }

    /// The result of a claim that nothing was measured for, for example as the data are not there.
    public func undecided(because reason: String) -> ClaimResult {
        ClaimResult(id: id, text: text, left: left, relation: relation.rawValue, right: right, reason: reason)
    }

    /// Both sides, read.
    ///
    /// - Throws: ``ClaimError`` with the side and column of what does not fit.
    func expressions() throws(ClaimError) -> (left: ClaimExpression, right: ClaimExpression) {
        (try expression(.left), try expression(.right))
    }

    /// Names of the methods that the claim reads.
    ///
    /// - Throws: ``ClaimError`` where an expression cannot be read.
    func methods() throws(ClaimError) -> Set<String> {
        let (left, right) = try expressions()
        return Set(
            (left.references + right.references).compactMap { reference in
                switch reference {
                case .metric(let metric), .deviation(let metric): metric.method.text
                case .cost(let cost): cost.method.text
                case .curve(let curve): curve.method.text
                case .check: nil
                }
            }
        )
    }

    private func expression(_ side: ClaimError.Side) throws(ClaimError) -> ClaimExpression {
        do {
            return try ClaimParser.parse(side == .left ? left : right)
        } catch {
            throw error.located(in: self, side)
        }
    }

    /// Checks the claims of an experiment before anything is measured: identifiers, expressions and the names in them.
    ///
    /// - Throws: ``ClaimError`` of the first claim that does not fit.
    public static func check(_ claims: [Claim], names: ClaimNames) throws(ClaimError) {
        var seen: Set<String> = []
        for claim in claims {
            guard !claim.id.isEmpty else { throw ClaimError("a claim has no id; give it one that is its own") }
            guard seen.insert(claim.id).inserted else {
                throw ClaimError("two claims have the id '\(claim.id)'; give each its own")
            }
            let sides = try claim.expressions()
            for (side, expression) in [(ClaimError.Side.left, sides.left), (.right, sides.right)] {
                do {
                    try names.check(expression)
                } catch {
                    throw error.located(in: claim, side)
                }
            }
        }
    }
}
