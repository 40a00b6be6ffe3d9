import ArgumentParser
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkMarkup
import MetaNetworkServer
import MetaNetworkSettings

/// How a program that serves ends for an error.
package enum ServiceFault {
    /// Something failed that may go well another time.
    package static let failed = ExitCode(1)
    /// Data or settings cannot be used.
    package static let badData = ExitCode(2)

    /// The status of one of the project's own errors; `nil` for others.
    package static func status(of error: any Error) -> ExitCode? {
        switch error {
        case is DataError, is ArchitectureError, is BundleError, is ConfigurationError, is DecodingError,
            is DeviceModelError, is RegistryError, is ConfigurationProblem, is BundleManifestError,
            is VocabularyFileError:
            badData
        case let error as ObjectStoreError: error.isOutage ? failed : badData
        case is FileError, is EncodingError: failed
        default: nil
        }
    }

    /// An error as one message.
    package static func text(of error: any Error) -> String {
        ((error as? DecodingError)?.message ?? "\(error)").printable
    }
}
