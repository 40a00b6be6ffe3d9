/// Why a bundle cannot be used.
public struct BundleError: Error, Sendable, CustomStringConvertible {
    /// The file at fault.
    public let file: String
    /// What is wrong with it and how to fix it.
    public let message: String

    package init(_ file: String, _ message: String) {
        self.file = file
        self.message = message
    }

    /// The file and the message.
    public var description: String { "bundle: \(file): \(message)" }
}
