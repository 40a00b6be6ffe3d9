/// What cannot be learned without gathering data, and how to fix it.
public struct FederatedError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong and the fix.
    public let description: String

    init(_ description: String) { self.description = description }
}
