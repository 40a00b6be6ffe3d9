import Foundation
import MetaNetwork

/// One loaded version of a model: what generates the weights of devices' dynamic layers.
///
/// The service calls ``generate(_:)`` from one thread at a time and never from an event loop, so an implementation may take the
/// time that it needs.
public protocol ParameterProvider: Sendable {
    /// The version's manifest.
    var manifest: BundleManifest { get }
    /// The tensors that are generated, in the order of the values; none where the version has no generator.
    var tensors: [GeneratedTensor] { get }
    /// Number of recent samples that are read.
    var window: Int { get }
    /// Values per sample: of an item's embedding, or of the output of the `sample` node of a model over vectors.
    var sampleWidth: Int { get }

    /// Values of a code that devices learn within the version's basis; `nil` where it has none.
    var codeCount: Int? { get }

    /// Why samples of items cannot come as embeddings; `nil` where they can.
    var embeddingsFault: String? { get }

    /// What runs the generator, for the log; `nil` says nothing of it.
    var engine: String? { get }

    /// The index of an item, or `nil` where the version does not know it.
    func index(ofItem rawID: String) -> Int32?

    /// Generates for several devices at once.
    ///
    /// - Parameter devices: The samples of each device.
    /// - Returns: The values of ``tensors`` one after the other, device by device.
    func generate(_ devices: [DeviceSamples]) throws -> [Float]
}

extension ParameterProvider {
    /// It has none.
    public var codeCount: Int? { nil }

    /// It does not matter.
    public var engine: String? { nil }

    /// They can.
    public var embeddingsFault: String? { nil }

    /// Samples that the version can take: the first item of its catalogue, or an embedding where the catalogue is empty.
    var exampleSamples: DeviceSamples {
        manifest.items > 0 ? .items([1]) : .embeddings([Float](repeating: 0, count: sampleWidth))
    }
}

/// A tensor that a provider generates.
public struct GeneratedTensor: Sendable, Equatable {
    /// Name of the tensor.
    public let name: String
    /// Its shape, row-major.
    public let shape: [Int]

    /// Number of values.
    public var count: Int { shape.reduce(1, *) }

    /// Creates a description.
    public init(name: String, shape: [Int]) {
        self.name = name
        self.shape = shape
    }
}

/// The recent samples of one device, oldest first.
public enum DeviceSamples: Sendable, Equatable {
    /// Item indices from 1.
    case items([Int32])
    /// Embeddings one after the other.
    case embeddings([Float])
}

/// Makes a provider of a bundle's folder; throws what is wrong with the bundle.
public typealias ProviderLoader = @Sendable (_ bundle: URL) throws -> any ParameterProvider
