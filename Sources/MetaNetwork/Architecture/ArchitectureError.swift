/// Why an ``Architecture`` cannot be used; the message names the node and says how to fix it.
public struct ArchitectureError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The node or input at fault; empty where it is the whole.
    public let node: String
    /// What is wrong and how to fix it.
    public let message: String

    init(_ node: String, _ message: String) {
        self.node = node
        self.message = message
    }

    /// The node and the message.
    public var description: String {
        node.isEmpty ? "architecture: \(message)" : "architecture: node '\(node)': \(message)"
    }
}
