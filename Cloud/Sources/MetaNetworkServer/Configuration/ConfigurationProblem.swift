/// Why a service cannot be started: what is wrong and how to fix it.
public struct ConfigurationProblem: Error, Sendable, CustomStringConvertible {
    /// What is wrong and how to fix it.
    public let description: String

    /// Creates a problem.
    public init(_ description: String) { self.description = description }
}
