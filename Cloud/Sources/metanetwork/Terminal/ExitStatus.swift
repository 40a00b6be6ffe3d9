import ArgumentParser
import MetaNetworkClient
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkPublishing
import MetaNetworkReports
import MetaNetworkServing
import MetaNetworkTraining
import MetaNetworkWire
import Torch

/// The tool's exit statuses, and which error has which.
enum ExitStatus {
    static let failed = ServiceFault.failed
    static let badData = ServiceFault.badData
    static let interrupted = ExitCode(130)
    /// What was asked for was printed as far as it could be read, and some is missing.
    static let incomplete = ExitCode(3)
    /// Another rank is gone, or another run saved its state while this one began: the same command may do better, which launchers try (EX_TEMPFAIL of sysexits.h).
    static let tryAgain = ExitCode(75)

    /// The status of one of the project's own errors; `nil` for errors of the argument parser.
    static func status(of error: any Error) -> ExitCode? {
        switch error {
        case is ExportError, is ModelError, is ExperimentError, is ClaimError, is FederatedError, is UpdateCodecError:
            badData
        case let error as TrainingError:
            switch error {
            case .badSetting, .checkpointMismatch, .stateTaken: badData
            case .interrupted: interrupted
            case .notFinite, .scoreNotFinite, .stateAway: failed
            case .rankLost, .stateChanged: tryAgain
            }
        case let error as RankError:
            switch error {
            case .badPlace, .different: badData
            case .lost: tryAgain
            case .failed: failed
            }
        case is ReportAssetError, is ClientError: failed
        default: ServiceFault.status(of: error)
        }
    }
}
