/// Why an experiment or a simulation cannot be run: what is wrong and how to fix it.
public struct ExperimentError: Error, Sendable, CustomStringConvertible {
    /// The message.
    public let description: String

    /// Creates an error.
    public init(_ description: String) { self.description = description }
}
