import Dispatch
import Foundation
import Synchronization

/// Set by the first Ctrl-C (or SIGTERM), so that work in progress can be saved; the second ends the process at once.
final class InterruptFlag: Sendable {
    private let isSetFlag = Atomic<Bool>(false)

    /// Whether the user asked to stop.
    var isSet: Bool { isSetFlag.load(ordering: .relaxed) }

    /// Begins to listen; the flag must live as long as it is to be heard.
    func listen() -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                if isSetFlag.exchange(true, ordering: .relaxed) { _exit(130) }
                FileHandle.standardError.write(Data("\ninterrupted: saving (once more ends at once)\n".utf8))
            }
            source.resume()
            return source
        }
    }
}
