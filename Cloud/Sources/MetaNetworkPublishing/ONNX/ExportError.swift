/// Why a model cannot be written in a format; the message says how to fix it.
public struct ExportError: Error, Sendable, CustomStringConvertible {
    /// The message.
    public let description: String

    init(_ description: String) { self.description = description }
}
