import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkPublishing
import MetaNetworkServer
import Synchronization

/// A bundle's generator on LibTorch, for the service. One of a bundle without a generator has no tensors to generate.
final class TorchProvider: ParameterProvider {
    let manifest: BundleManifest
    let tensors: [GeneratedTensor]
    let window: Int
    let sampleWidth: Int
    let codeCount: Int?
    let embeddingsFault: String?
    private let vocabulary: Vocabulary
    /// Tensors are not `Sendable`; the lock lets one thread at them at a time.
    private let generator: Mutex<ParameterGenerator?>

    let engine: String? = "LibTorch"

    /// - Parameter bundle: A bundle that was read and checked.
    init(_ bundle: ModelBundle) throws {
        let generator = try bundle.manifest.generator.map { _ in try bundle.parameterGenerator() }
        let graph = try ModelGraph(bundle.manifest.architecture, itemCount: bundle.manifest.items)
        manifest = bundle.manifest
        tensors = generator.map { $0.tensors.map { GeneratedTensor(name: $0.name, shape: $0.shape) } } ?? []
        window = if let generator { generator.window } else { 0 }
        sampleWidth = if let generator { generator.sampleWidth } else { graph.sampleWidth }
        codeCount = bundle.basis?.rank
        embeddingsFault = generator?.embeddingsFault
        vocabulary = Vocabulary(bundle.itemNames)
        self.generator = Mutex(generator)
    }

    func index(ofItem rawID: String) -> Int32? { vocabulary.index(of: rawID).map { Int32($0 + 1) } }

    func generate(_ devices: [DeviceSamples]) throws -> [Float] {
        var (samples, embeddings): ([[Int32]], [[Float]]) = ([], [])
        for device in devices {
            switch device {
            case .items(let items): samples.append(items)
            case .embeddings(let values): embeddings.append(values)
            }
        }
        return try generator.withLock { generator in
            guard let generator else { preconditionFailure("nothing is generated without a generator") }
            guard !embeddings.isEmpty else { return try generator.generate(samples: samples) }
            guard !samples.isEmpty else { return try generator.generate(embeddings: embeddings) }
            // Two calls, put together again in the order of the devices.
            var (fromItems, fromEmbeddings) = (
                try generator.generate(samples: samples)[...], try generator.generate(embeddings: embeddings)[...]
            )
            var values: [Float] = []
            for device in devices {
                if case .items = device {
                    values += fromItems.prefix(generator.valueCount)
                    fromItems = fromItems.dropFirst(generator.valueCount)
                } else {
                    values += fromEmbeddings.prefix(generator.valueCount)
                    fromEmbeddings = fromEmbeddings.dropFirst(generator.valueCount)
                }
            }
            return values
        }
    }
}
