import Foundation
import Synchronization

/// Tries a version where it can do no harm, before the service loads it.
public protocol BundleCheck: Sendable {
    /// Loads a bundle and warms it up.
    ///
    /// - Parameter folder: The bundle.
    /// - Throws: Why it is not to be served.
    func check(_ folder: URL) async throws
}

/// Has another process load a bundle: one that traps, hangs or takes all memory ends that process, and not the service.
public struct ChildProcessCheck: BundleCheck {
    private let executable: URL
    private let arguments: [String]
    private let timeout: Duration

    /// Longest reason that is passed on, in characters.
    private static let reasonLength = 500

    /// Describes the process.
    ///
    /// - Parameters:
    ///   - executable: The program.
    ///   - arguments: Its arguments; the bundle's folder follows them.
    ///   - timeout: How long it may take; it is killed then.
    public init(_ executable: URL, _ arguments: [String], timeout: Duration) {
        self.executable = executable
        self.arguments = arguments
        self.timeout = timeout
    }

    /// Runs the process; it is killed where the caller is cancelled.
    ///
    /// - Throws: ``RegistryError`` where it cannot be started, ends otherwise than with status 0, or takes too long.
    public func check(_ folder: URL) async throws {
        let child = ChildProcess()
        let (status, reason, text) = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // Waiting would hold up one of the few threads that Swift's tasks share.
                DispatchQueue.global().async { continuation.resume(with: Result { try run(child, folder) }) }
            }
        } onCancel: {
            child.kill()
        }
        try Task.checkCancellation()
        guard reason == .exit else {
            throw RegistryError(
                child.wasKilled
                    ? "its check took longer than \(timeout.formatted()) and was ended"
                    : "its check was ended by signal \(status) (\(String(cString: strsignal(status))))"
            )
        }
        guard status == 0 else { throw RegistryError("its check failed with status \(status): \(text)") }
    }

    /// Runs the process to its end and gives how it ended and what it said.
    private func run(
        _ child: ChildProcess,
        _ folder: URL
    ) throws -> (status: Int32, reason: Process.TerminationReason, text: String) {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments + [folder.path]
        // A backtrace takes seconds and tells a service nothing.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let errors = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        do {
            try process.run()
        } catch {
            throw RegistryError("its check cannot be started: \(executable.path): \(error.localizedDescription)")
        }
        child.began(process.processIdentifier)
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.setEventHandler { child.kill() }
        timer.schedule(deadline: .now() + .milliseconds(Int(timeout / .milliseconds(1))))
        timer.activate()
        // To the end: what it has to say must not fill the pipe.
        let data = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        timer.cancel()
        child.ended()
        let text = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
        return (process.terminationStatus, process.terminationReason, String(text.prefix(Self.reasonLength)))
    }
}

/// A process that another thread may want to end.
private final class ChildProcess: Sendable {
    private struct State {
        var id: pid_t?
        var isWanted = true
    }

    private let state = Mutex(State())

    /// Whether it was to be ended before it did so itself.
    var wasKilled: Bool { state.withLock { !$0.isWanted } }

    func began(_ id: pid_t) {
        state.withLock { state in
            state.id = id
            if !state.isWanted { _ = Foundation.kill(id, SIGKILL) }
        }
    }

    /// From now on its number may be another's.
    func ended() { state.withLock { $0.id = nil } }

    func kill() {
        state.withLock { state in
            state.isWanted = false
            if let id = state.id { _ = Foundation.kill(id, SIGKILL) }
        }
    }
}
