import CTorch

/// What LibTorch said when it refused an operation.
public struct TorchError: Error, Sendable, CustomStringConvertible {
    /// LibTorch's own message.
    public let description: String

    /// Throws the message of the calling thread's last failure when a status is not 0.
    static func check(_ status: Int32) throws(TorchError) {
        guard status != 0 else { return }
        throw TorchError(description: String(cString: ct_last_error()))
    }
}
