import MetaNetwork
import MetaNetworkBundles
import MetaNetworkModels
import MetaNetworkPublishing
import MetaNetworkServer
import MetaNetworkWire

extension BundleContents {
    /// Checks everything that a service and a device would check, before they are asked to.
    ///
    /// - Throws: `BundleError`, `ModelError` or `BundleManifestError`, which say what they would refuse.
    func checkForDevices() throws {
        let bundle = try ModelBundle(files: files)
        guard bundle.manifest.generator != nil else { return }
        try manifest.checkQuestion(sampleWidth: bundle.parameterGenerator().sampleWidth)
    }
}
