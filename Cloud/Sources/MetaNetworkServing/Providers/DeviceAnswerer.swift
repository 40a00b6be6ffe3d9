import MetaNetwork
import MetaNetworkBundles
import MetaNetworkDevice
import MetaNetworkServer
import Synchronization

/// A bundle's model on the device runtime, which answers inputs in the cloud with its global weights.
package final class DeviceAnswerer: AnswerProvider {
    package let manifest: BundleManifest
    package let inputCount: Int
    private let model: Mutex<DeviceModel>

    /// - Parameter bundle: A bundle that was read and checked.
    /// - Throws: `BundleError` where the model ranks items, `DeviceModelError` where it takes more memory than it may.
    package init(_ bundle: ModelBundle) throws {
        let graph = try ModelGraph(bundle.manifest.architecture, itemCount: bundle.manifest.items)
        guard !graph.ranksItems else {
            throw BundleError(
                BundleLayout.manifest,
                "'\(bundle.manifest.name)' ranks items, and answers no inputs"
            )
        }
        manifest = bundle.manifest
        inputCount = graph.inputCount
        model = Mutex(try bundle.deviceModel())
    }

    package func outputs(of inputs: [[Float]]) throws -> [Float] {
        try model.withLock { model in try inputs.flatMap { try model.outputs(of: $0) } }
    }
}
