import MetaNetwork
import MetaNetworkGenerators

/// Which head encoder reads the samples of a device.
public struct EncoderChoice: Codable, Sendable, Equatable {
    /// The name of a ``ShippedEncoder``, the path of a JSON file, or `automatic`: `gru` for items and `set` for vectors.
    public var name: String
    /// What the file holds; `nil` for the others, which follow the generator's sizes.
    public var architecture: Architecture?

    /// Creates a choice.
    public init(name: String, architecture: Architecture? = nil) {
        (self.name, self.architecture) = (name, architecture)
    }

    /// What samples suggest.
    public static let automatic = EncoderChoice(name: "automatic")

    /// One that ships.
    public static func shipped(_ encoder: ShippedEncoder) -> EncoderChoice { EncoderChoice(name: encoder.rawValue) }

    /// One that a file or a bundle describes.
    public static func described(_ architecture: Architecture) -> EncoderChoice {
        EncoderChoice(name: architecture.name, architecture: architecture)
    }
}
