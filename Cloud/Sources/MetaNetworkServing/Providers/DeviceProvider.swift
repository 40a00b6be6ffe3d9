import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkGenerators
import MetaNetworkServer
import Synchronization

/// A bundle's generator on the device runtime, for the service: no LibTorch. One of a bundle without a generator has no tensors to
/// generate.
package final class DeviceProvider: ParameterProvider {
    package let manifest: BundleManifest
    package let tensors: [GeneratedTensor]
    package let window: Int
    package let sampleWidth: Int
    package let codeCount: Int?
    package let embeddingsFault: String?
    package let engine: String? = "device runtime"
    private let vocabulary: Vocabulary
    /// One for each thread.
    private let workers: [Worker]

    /// What generates on one thread; the lock is never waited for, since each thread has its own.
    private final class Worker: Sendable {
        let generation: Mutex<Generation>

        init(_ generation: consuming sending Generation) { self.generation = Mutex(generation) }
    }

    /// - Parameters:
    ///   - bundle: A bundle that was read and checked.
    ///   - threads: Threads that a batch is divided over, at least 1.
    /// - Throws: `BundleError` where the generator takes more memory than it may.
    package init(_ bundle: ModelBundle, threads: Int) throws {
        let generator = try bundle.publishedGenerator()
        let graph = try ModelGraph(bundle.manifest.architecture, itemCount: bundle.manifest.items)
        manifest = bundle.manifest
        tensors = generator.map { $0.tensors.map { GeneratedTensor(name: $0.name, shape: $0.shape) } } ?? []
        window = if let generator { generator.window } else { 0 }
        sampleWidth = graph.sampleWidth
        codeCount = bundle.basis?.rank
        embeddingsFault = try bundle.generatorDescription()?.embeddingsFault
        vocabulary = Vocabulary(bundle.itemNames)
        workers = generator.map { generator in (0..<threads).map { _ in Worker(generator.generation()) } } ?? []
    }

    package func index(ofItem rawID: String) -> Int32? { vocabulary.index(of: rawID).map { Int32($0 + 1) } }

    package func generate(_ devices: [DeviceSamples]) throws -> [Float] {
        precondition(!workers.isEmpty, "nothing is generated without a generator")
        let count = min(workers.count, devices.count)
        guard count > 1 else { return try Self.generate(devices[...], workers[0]) }
        let parts = Mutex([Result<[Float], any Error>?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { part in
            let share = devices[devices.count * part / count..<devices.count * (part + 1) / count]
            let values = Result { try Self.generate(share, workers[part]) }
            parts.withLock { $0[part] = values }
        }
        return try parts.withLock { parts in
            try parts.flatMap { part in
                guard let part else { preconditionFailure("every part of a batch is computed") }
                return try part.get()
            }
        }
    }

    private static func generate(_ devices: ArraySlice<DeviceSamples>, _ worker: Worker) throws -> [Float] {
        try worker.generation.withLock { generation in
            generation.reserve(devices: devices.count)
            do {
                for device in devices {
                    switch device {
                    case .items(let items): try generation.append(items: items)
                    case .embeddings(let values): try generation.append(embeddings: values)
                    }
                }
            } catch {
                // What was made until then is not to be the next batch's.
                _ = generation.finish()
                throw error
            }
            return generation.finish()
        }
    }
}
