import CTorch
import Synchronization

extension LibTorch {
    /// What tensors lie on, and what computes with them.
    public enum Device: Sendable, Equatable {
        /// The processor.
        case cpu
        /// An NVIDIA card, by its number, which is counted round where there are fewer: a launcher may have left each process one of its own.
        case cuda(Int)
        /// Apple's GPU.
        case mps
    }

    /// What tensors are made on.
    public static var device: Device { current.withLock { $0 } }

    /// Has this process make tensors on a device from here on; what is computed with them is computed there. Tensors of two devices do
    /// not go together.
    ///
    /// A card is to be taken before the process computes its first gradient: LibTorch counts the devices then.
    ///
    /// - Throws: ``TorchError`` where the device cannot be used, which says what is missing; then nothing changes.
    public static func use(_ device: Device) throws(TorchError) {
        let status =
            switch device {
            case .cpu: ct_set_device(CT_CPU, 0)
            case .cuda(let card): ct_set_device(CT_CUDA, Int32(clamping: card))
            case .mps: ct_set_device(CT_MPS, 0)
            }
        try TorchError.check(status)
        current.withLock { $0 = device }
    }

    private static let current = Mutex(Device.cpu)
}

/// What tests see other devices by, on machines that have none.
extension LibTorch {
    /// Runs a body in which tensors are made on a device that computes on the processor, but whose memory nobody can read: a loop over
    /// memory that was left fails there.
    package static func withUnreadableMemory<Result>(_ body: () throws -> Result) throws -> Result {
        let before = device
        try TorchError.check(ct_set_device(CT_LAZY, 0))
        defer { try? use(before) }
        return try body()
    }

    /// Runs a body in which operations are put together from LibTorch's, as on other devices, and not from loops of our own.
    package static func withPlainForms<Result>(_ body: () throws -> Result) rethrows -> Result {
        let before = ct_set_plain_forms(true)
        defer { _ = ct_set_plain_forms(before) }
        return try body()
    }
}
