import Torch

/// What travels in a step: values alone, as bytes, so that no graph goes from one device to another.
struct StepExchange: Sendable, Equatable {
    /// Bytes between devices of clients.
    private(set) var between = 0
    /// Bytes from clients to the server.
    private(set) var up = 0
    /// Bytes from the server to clients.
    private(set) var down = 0

    /// Where a message goes.
    enum Way {
        case between, up, down
    }

    /// Sends values of 4 bytes each.
    ///
    /// - Returns: What arrives: the same numbers in a tensor that knows nothing of where they come from.
    mutating func sent(_ tensor: Tensor, _ way: Way) throws(TorchError) -> Tensor {
        let values = try tensor.floats()
        count(values.count, way)
        return try Tensor(values, shape: tensor.shape)
    }

    /// Counts values that are sent as they are.
    mutating func count(_ values: Int, _ way: Way) {
        switch way {
        case .between: between += 4 * values
        case .up: up += 4 * values
        case .down: down += 4 * values
        }
    }
}
