import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkServer
import MetaNetworkSettings

/// Where published bundles are.
package struct RegistrySettings: Configurable {
    package var registry: String?

    package static let defaults = RegistrySettings()
    package static let settings = [Settings.registry]

    package enum Settings {
        package static let registry = Setting(
            "registry",
            \RegistrySettings.registry,
            help: "Folder of published bundles, or s3://BUCKET/PREFIX",
            value: "address"
        )
    }
}

extension MergedSettings {
    /// The published bundles.
    ///
    /// - Parameter cache: The folder for versions of a registry elsewhere; `nil` for the user's.
    /// - Throws: `ValidationError`, or `ConfigurationProblem` where the address is none, or what S3 takes is missing.
    package func registry(cache: String? = nil) throws -> any BundleStore {
        guard let address = values(RegistrySettings.self).registry else {
            throw ValidationError(
                "'\(RegistrySettings.Settings.registry.key)' is missing: give --registry with a folder, or s3://BUCKET/PREFIX"
            )
        }
        return try RegistryAddress(address).open(cache: cache.map { URL(fileURLWithPath: $0) })
    }
}
