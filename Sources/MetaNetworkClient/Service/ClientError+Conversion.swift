import Foundation

extension ClientError {
    /// Any error that can come up here, as one of ours.
    init(_ error: any Error) {
        switch error {
        case let error as ClientError: self = error
        case let refusal as ServiceRefusal: self = refusal.error
        case TransportError.constrainedNetwork: self = .constrainedNetwork
        case is CancellationError: self = .unreachable(reason: "it was cancelled")
        case is CocoaError, is FolderLock.Busy: self = .disk(error)
        default: self = .unreachable(reason: String("\(error)".prefix(300)))
        }
    }
}
