import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkModels
import MetaNetworkPublishing
import MetaNetworkServer
import MetaNetworkTraining
import Synchronization

/// A bundle's model on LibTorch, which answers inputs in the cloud with its global weights.
final class TorchAnswerer: AnswerProvider {
    let manifest: BundleManifest
    let inputCount: Int
    /// Tensors are not `Sendable`; the lock lets one thread at them at a time.
    private let model: Mutex<JointModel>

    /// - Parameter bundle: A bundle that was read and checked.
    /// - Throws: ``ModelError`` where the model ranks items.
    init(_ bundle: ModelBundle) throws {
        let model = try bundle.trainedModel().model
        let graph = try ModelGraph(bundle.manifest.architecture, itemCount: bundle.manifest.items)
        guard !graph.ranksItems else {
            throw ModelError.unsuitable("'\(bundle.manifest.name)' ranks items, and answers no inputs")
        }
        manifest = bundle.manifest
        inputCount = graph.inputCount
        self.model = Mutex(model)
    }

    func outputs(of inputs: [[Float]]) throws -> [Float] { try model.withLock { try $0.globalOutputs(of: inputs) } }
}
