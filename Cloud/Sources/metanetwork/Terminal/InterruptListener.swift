import Dispatch
import Foundation
import Synchronization

/// Hears Ctrl-C and SIGTERM for the whole process, once the first work that can be saved begins.
final class InterruptListener: Sendable {
    /// What is done about a signal.
    enum Reaction {
        /// Work that saves has been told.
        case save
        /// It was told before.
        case endAtOnce
        /// No work listens: what the signal does to a process that knows nothing of it.
        case usual
    }

    /// The listener of this process, which hears from its first use on.
    static let ofProcess = {
        let listener = InterruptListener()
        for number in [SIGINT, SIGTERM] { listener.listen(number) }
        return listener
    }()

    /// Of the work that listens, the outermost first.
    private let flags = Mutex<[InterruptFlag]>([])

    /// Returns once signals are heard.
    private func listen(_ number: Int32) {
        var former = sigaction()
        sigaction(number, nil, &former)
        #if canImport(Darwin)
        signal(number, SIG_IGN)
        let handler = former.__sigaction_u.__sa_handler
        #else
        // Dispatch puts its own handler here, once per process: to ignore the signal would remove that for good.
        let handler = former.__sigaction_handler.sa_handler
        #endif
        let isIgnored = unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        let isHeard = DispatchSemaphore(value: 0)
        source.setRegistrationHandler { isHeard.signal() }
        source.setEventHandler { [self] in
            // As long as the process lives: its handler holds the source.
            withExtendedLifetime(source) {
                switch react() {
                case .save:
                    FileHandle.standardError.write(Data("\ninterrupted: saving (once more ends at once)\n".utf8))
                case .endAtOnce: _exit(130)
                // As of a script that started this in the background.
                case .usual where isIgnored: break
                case .usual: Self.end(by: number)
                }
            }
        }
        source.resume()
        isHeard.wait()
    }

    /// Ends the process as the signal does to one that knows nothing of it.
    private static func end(by number: Int32) {
        signal(number, SIG_DFL)
        // Threads of Dispatch block it.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        kill(getpid(), number)
    }

    /// Has a flag set where the user asks to stop, until ``remove(_:)``.
    func add(_ flag: InterruptFlag) { flags.withLock { $0.append(flag) } }

    func remove(_ flag: InterruptFlag) { flags.withLock { $0.removeAll { $0 === flag } } }

    /// Tells all work that listens that the user asked to stop.
    func react() -> Reaction {
        let wereSet = flags.withLock { $0.map { $0.set() } }
        return wereSet.isEmpty ? .usual : wereSet.contains(false) ? .save : .endAtOnce
    }
}
