import MetaNetwork
import MetaNetworkGenerators

extension GeneratorConfiguration {
    /// The head encoder's graph for a device model.
    ///
    /// - Parameter device: The device model, whose samples are read.
    /// - Throws: ``ModelError/unsuitable(_:)`` where it does not fit the model or the generator's sizes, with what does;
    ///   `ArchitectureError` where it is wrong in itself.
    package func encoderGraph(of device: ModelGraph) throws -> ModelGraph {
        do {
            let architecture =
                try encoder.architecture ?? .encoder(shippedEncoder, of: device, window: window, width: width)
            return try device.encoderGraph(architecture, window: window, width: width)
        } catch let misfit as EncoderMisfit {
            throw ModelError.unsuitable(misfit.description)
        }
    }

    /// The shipped encoder of the choice's name; `nil` where samples suggest one.
    private var shippedEncoder: ShippedEncoder? {
        get throws {
            guard encoder != .automatic else { return nil }
            guard let shipped = ShippedEncoder(rawValue: encoder.name) else {
                throw ModelError.unsuitable(
                    "the encoder '\(encoder.name)' is not known; use one of "
                        + ShippedEncoder.allCases.map(\.rawValue).joined(separator: ", ")
                )
            }
            return shipped
        }
    }

    /// Whether the encoder is the one that a generator has where nobody chose one.
    package func hasAutomaticEncoder(of device: ModelGraph) throws -> Bool {
        var automatic = self
        automatic.encoder = .automatic
        return try encoderGraph(of: device) == automatic.encoderGraph(of: device)
    }
}
