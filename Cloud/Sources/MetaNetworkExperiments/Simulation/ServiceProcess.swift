import Foundation
import MetaNetworkClient
import Synchronization

/// `metanetwork serve` as a process of its own, which can be killed and started again.
package final class ServiceProcess: Sendable {
    /// Where it listens.
    package let server: URL
    /// The key that it signs with.
    package let key: PinnedKey
    /// What its tokens are exchanged for.
    package let appKey: String
    private let executable: URL
    private let arguments: [String]
    private let process: Mutex<Process>

    /// Longest wait for a service to listen, in seconds.
    private static let patience = 120.0

    /// Starts a service on a free port.
    ///
    /// - Parameters:
    ///   - executable: The tool.
    ///   - registry: The registry that it serves.
    ///   - events: Where it keeps shared samples; `nil` for nowhere.
    ///   - folder: For its key and its log.
    ///   - further: More arguments of `serve`.
    /// - Throws: ``ExperimentError`` where it does not start, or does not say where it listens.
    package init(
        executable: URL,
        registry: String,
        events: String?,
        folder: URL,
        further: [String] = []
    ) async throws {
        var random = SystemRandomNumberGenerator()
        appKey = (0..<4).map { _ in String(random.next(), radix: 16) }.joined()
        var arguments = ["serve", "--registry", registry, "--admin-port", "0", "--drain-delay", "0"]
        let signing = folder.appendingPathComponent("signing").path
        try Self.makeKey(executable, signing)
        // The simulation does in seconds what takes its devices days.
        arguments += ["--device-rate", "1000000", "--app-key-rate", "1000000", "--signing-key", signing]
        if let events { arguments += ["--events", events] }
        arguments += further
        let (process, greeting) = try await Self.start(executable, arguments + ["--port", "0"], appKey, folder)
        guard let server = greeting.server, let port = server.port, let key = greeting.key else {
            process.terminate()
            throw ExperimentError("the service said '\(greeting.text)' and not where it listens")
        }
        (self.server, self.key) = (server, key)
        self.executable = executable
        self.arguments = arguments + ["--port", "\(port)"]
        self.process = Mutex(process)
    }

    private static func makeKey(_ executable: URL, _ path: String) throws {
        let process = Process()
        process.executableURL = executable
        process.arguments = ["keys", "new", path]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ExperimentError("no signing key could be made at \(path)") }
    }

    /// Kills the service and starts it again at the same place.
    package func restart(_ folder: URL) async throws {
        stop(SIGKILL)
        let fresh = try await Self.start(executable, arguments, appKey, folder).process
        process.withLock { $0 = fresh }
    }

    /// Ends the service: at once, or after what is under way.
    package func stop(_ signal: Int32 = SIGTERM) {
        process.withLock { process in
            guard process.isRunning else { return }
            kill(process.processIdentifier, signal)
            process.waitUntilExit()
        }
    }

    /// What a service prints when it listens.
    private struct Greeting: Sendable {
        let text: String
        let server: URL?
        let key: PinnedKey?

        init(_ text: String) {
            self.text = text
            let words = text.split(separator: "\n").map { $0.split(separator: " ") }
            server = words.first { $0.first == "serving" }?.last.flatMap { URL(string: String($0)) }
            key = words.first { $0.prefix(2) == ["public", "key"] && $0.count == 4 }
                .flatMap { try? PinnedKey(id: String($0[2]), base64: String($0[3])) }
        }
    }

    private static func start(
        _ executable: URL,
        _ arguments: [String],
        _ appKey: String,
        _ folder: URL
    ) async throws -> (process: Process, greeting: Greeting) {
        let log = folder.appendingPathComponent("service.log")
        try Data().write(to: log)
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        // The settings in the environment are those of the simulation, not of its service.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("METANETWORK_") }
            .merging(["METANETWORK_APP_KEYS": appKey]) { $1 }
        process.standardOutput = try FileHandle(forWritingTo: log)
        process.standardError = process.standardOutput
        try process.run()
        let end = ContinuousClock.now + .seconds(patience)
        while ContinuousClock.now < end {
            // Asked before its log is read, so that the log of one that ended is whole.
            let isRunning = process.isRunning
            let text = String(decoding: FileManager.default.contents(atPath: log.path) ?? Data(), as: UTF8.self)
            let greeting = Greeting(text)
            if greeting.key != nil { return (process, greeting) }
            guard isRunning else { throw ExperimentError("the service did not start: \(text.suffix(500))") }
            try await Task.sleep(for: .milliseconds(20))
        }
        kill(process.processIdentifier, SIGKILL)
        throw ExperimentError("the service did not listen within \(Int(patience)) s; see its log above")
    }
}
