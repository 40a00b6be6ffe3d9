import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkServer
import MetaNetworkSettings

/// The folder of published bundles.
package struct RegistrySettings: Configurable {
    package var registry: String?

    package static let defaults = RegistrySettings()
    package static let settings = [Settings.registry]

    package enum Settings {
        package static let registry = Setting(
            "registry",
            \RegistrySettings.registry,
            help: "Folder of published bundles",
            value: "directory"
        )
    }
}

extension MergedSettings {
    /// The folder of published bundles.
    package func registry() throws -> FolderBundleStore {
        guard let path = values(RegistrySettings.self).registry else {
            throw ValidationError("'\(RegistrySettings.Settings.registry.key)' is missing: give --registry DIR")
        }
        return FolderBundleStore(URL(fileURLWithPath: path))
    }
}
