import Foundation
import MetaNetworkSettings
import Torch

/// This program, started once more for one of its commands.
enum OwnProgram {
    /// Runs a command to its end. It is in a group of its own, so an interruption is passed on to it.
    ///
    /// - Parameters:
    ///   - arguments: The command and what it is told.
    ///   - environment: Its variables; those of a launcher of ranks are left out, for it started one process: a training must not wait for
    ///     others.
    ///   - results: Where its standard output goes; what it says beside results goes to standard error.
    ///   - shouldStop: Whether the user asked to end.
    /// - Returns: The exit status; as shells have it, 128 and the signal's number where a signal ended it.
    /// - Throws: ``ExitStatus/interrupted`` where it was told to end and did; `ConfigurationError` where this program does not know where it is.
    static func run(
        _ arguments: [String],
        environment: [String: String] = ProcessInfo.processInfo.environment,
        results: FileHandle = .standardError,
        _ shouldStop: () -> Bool
    ) async throws -> Int32 {
        guard let program = Bundle.main.executableURL else {
            throw ConfigurationError("this program does not know where it is; start it by its path")
        }
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = environment.filter { !RankPlace.signs.contains($0.key) }
        process.standardOutput = results
        try process.run()
        var isTold = false
        while process.isRunning {
            if !isTold, shouldStop() {
                process.interrupt()
                isTold = true
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        let status = process.terminationStatus
        if isTold, status != 0 { throw ExitStatus.interrupted }
        return process.terminationReason == .uncaughtSignal ? 128 + status : status
    }
}
