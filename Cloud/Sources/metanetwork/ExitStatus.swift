import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkDevice
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
            is DeviceModelError, is ExportError, is RegistryError, is ConfigurationProblem:
            badData
        case let error as TrainingError:
            switch error {
            case .badSetting, .checkpointMismatch, .missingParameter, .wrongShape: badData
            case .interrupted: interrupted
            case .notFinite, .scoreNotFinite: failed
            }
        case is FileError, is ReportAssetError, is EncodingError, is ClientError: failed
        default: nil
        }
    }

    /// Prints an error as one message on standard error and ends the process.
    static func exit(with error: any Error) -> Never {
        if let status = status(of: error) {
            let text = (error as? DecodingError)?.message ?? "\(error)"
            FileHandle.standardError.write(Data("metanetwork: \(text)\n".utf8))
            Metanetwork.exit(withError: status)
        }
        Metanetwork.exit(withError: error)
    }
}
