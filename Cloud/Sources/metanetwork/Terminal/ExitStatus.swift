import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkReports
import MetaNetworkServer
import MetaNetworkTraining

/// The tool's exit statuses, and which error has which.
enum ExitStatus {
    static let failed = ExitCode(1)
    static let badData = ExitCode(2)
    static let interrupted = ExitCode(130)

    /// The status of one of the project's own errors; `nil` for errors of the argument parser.
    static func status(of error: any Error) -> ExitCode? {
        switch error {
        case is DataError, is ArchitectureError, is BundleError, is ConfigurationError, is DecodingError,
            is DeviceModelError, is ExportError, is RegistryError, is ConfigurationProblem, is ModelError,
            is ExperimentError, is ClaimError, is FederatedError, is UpdateCodecError, is BundleManifestError,
            is VocabularyFileError:
            badData
        case let error as TrainingError:
            switch error {
            case .badSetting, .checkpointMismatch: badData
            case .interrupted: interrupted
            case .notFinite, .scoreNotFinite: failed
            }
        case is FileError, is ReportAssetError, is EncodingError, is ClientError: failed
        default: nil
        }
    }

    /// An error as one message.
    static func text(of error: any Error) -> String { ((error as? DecodingError)?.message ?? "\(error)").printable }
}
