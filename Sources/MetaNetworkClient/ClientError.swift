import Foundation
import MetaNetwork

/// Why something could not be done. What was in use before stays in use.
public enum ClientError: Error, Sendable, Equatable {
    /// The name cannot be a folder and a part of an address.
    case invalidModelName(String)
    /// The server's address is no HTTPS, which signatures and credentials need beyond this machine.
    case insecureServer(String)
    /// A pinned key is not 32 bytes in base64.
    case invalidKey(id: String)
    /// A key is pinned for the service and for the publisher: whoever has the service's could make models.
    case sharedKey(id: String)
    /// There is no model on this device, and none could be fetched.
    case noModel(reason: String)
    /// No answer came.
    case unreachable(reason: String)
    /// What was asked for needs a network without Low Data Mode: the first download of the model where
    /// ``PersonalModel/Configuration/downloadsInLowDataMode`` is ``LowDataDownloads/never``, or a turn in a federation, for which the app
    /// has to ask again. A new version that waits is no error but ``PersonalModel/State/waiting(_:)``.
    case constrainedNetwork
    /// The service answered with an error.
    case refused(status: Int, detail: String, fix: String?)
    /// The service asked to wait, or the last try failed a moment ago.
    case retryLater(seconds: Int)
    /// An answer, or a file, is not signed by a pinned key or not what was signed.
    case untrusted(what: String, reason: String)
    /// An answer, or a file, is signed but cannot be used.
    case unusable(what: String, reason: String)
    /// The disk could not be read or written; the model continues in memory.
    case storage(reason: String)
    /// A sample's id is empty or longer than ``Limits/idBytes``, a vector is none that the model reads, or the model takes the
    /// other kind of sample.
    case invalidSample
    /// The model was asked for what it cannot give, or with an input of another size.
    case invalidInput(reason: String)
    /// ``PersonalModel/forget()`` was called while an answer was awaited.
    case forgotten
}

extension ClientError: CustomStringConvertible {
    /// What is wrong and how to fix it.
    public var description: String {
        switch self {
        case .invalidModelName(let name):
            "'\(name)' cannot name a model; \(BundleLayout.modelNameFix)"
        case .insecureServer(let address):
            "\(address) is not https; plain http is for a server on this machine, or with Trust.unsigned and Credentials.none"
        case .invalidKey(let id): "the key '\(id)' is not the base64 of 32 bytes; copy the server's public key again"
        case .sharedKey(let id):
            "the publisher's key '\(id)' is pinned for the service too; make one of its own with: metanetwork keys new FILE --publisher"
        case .noModel(let reason):
            "no model is on this device and none could be fetched: \(reason); put a bundle into the app, or try again "
                + "with a network"
        case .unreachable(let reason): "no answer: \(reason)"
        case .constrainedNetwork:
            "the network is in Low Data Mode: try again with another one, or let Configuration.downloadsInLowDataMode allow more"
        case .refused(let status, let detail, let fix):
            "the service answered \(status): \(detail)" + (fix.map { "; \($0)" } ?? "")
        case .retryLater(let seconds): "not now; try again in \(seconds) s"
        case .untrusted(let what, let reason): "\(what) was refused: \(reason)"
        case .unusable(let what, let reason): "\(what) cannot be used: \(reason)"
        case .storage(let reason): "storage failed (\(reason)); continuing in memory"
        case .invalidSample:
            "a sample was not recorded: its id was empty or too long, or it is none that this model reads"
        case .invalidInput(let reason): reason
        case .forgotten: "everything was forgotten meanwhile"
        }
    }
}

extension ClientError {
    /// What the disk said.
    static func disk(_ error: any Error) -> ClientError {
        error as? ClientError ?? .storage(reason: error.localizedDescription)
    }

    /// What the system's last call said of a file.
    static func system(_ path: String) -> ClientError {
        let code = errno
        return .storage(reason: "\(path): \(String(cString: strerror(code)))")
    }
}
