import MetaNetwork
import Torch

/// Where the weights of the dynamic layers come from in a forward pass.
package protocol DynamicLayers {
    /// Whether each row of a batch has weights of its own.
    var arePersonal: Bool { get }

    /// Applies a dynamic dense layer.
    ///
    /// - Parameters:
    ///   - name: The node's name.
    ///   - x: [rows, n, in] where n is 1, the number of candidates or of samples.
    ///   - activation: What the layer ends with.
    /// - Returns: [rows, n, out].
    func dense(_ name: String, _ x: Tensor, _ activation: Torch.Activation) throws -> Tensor

    /// A personal vector.
    ///
    /// - Parameter name: The node's name.
    /// - Returns: [rows or 1, 1, width].
    func vector(_ name: String) throws -> Tensor
}

/// The trained global weights Θg, the same for every device.
package struct GlobalLayers: DynamicLayers {
    package let parameters: ParameterSet

    package init(parameters: ParameterSet) { self.parameters = parameters }

    package var arePersonal: Bool { false }

    package func dense(_ name: String, _ x: Tensor, _ activation: Torch.Activation) throws -> Tensor {
        try x.dense(parameters[ParameterName(name, .weight)], parameters[ParameterName(name, .bias)], activation)
    }

    package func vector(_ name: String) throws -> Tensor {
        try parameters[ParameterName(name, .bias)].reshape([1, 1, -1])
    }
}
