/// What is wrong with the text of a claim, and where.
public struct ClaimError: Error, Equatable, CustomStringConvertible {
    /// The side of the claim.
    public enum Side: String, Sendable {
        /// Left of the relation.
        case left
        /// Right of the relation.
        case right
    }

    /// The claim's id; `nil` where one expression was read alone.
    public internal(set) var claim: String?
    /// The side of the claim; `nil` where one expression was read alone, or the claim itself is wrong.
    public internal(set) var side: Side?
    /// The character at which it was noticed, from 1; `nil` where the claim itself is wrong.
    public let column: Int?
    /// What was found and what fits.
    public let message: String

    init(_ message: String, column: Int? = nil) { (self.message, self.column) = (message, column) }

    func located(in claim: Claim, _ side: Side) -> ClaimError {
        var error = self
        (error.claim, error.side) = (claim.id, side)
        return error
    }

    /// One line: the claim, its side, the column, and what to do.
    public var description: String {
        let place = [claim.map { "claim '\($0)'" }, side?.rawValue, column.map { "column \($0)" }].compactMap(\.self)
        return place.isEmpty ? message : "\(place.joined(separator: ", ")): \(message)"
    }
}
