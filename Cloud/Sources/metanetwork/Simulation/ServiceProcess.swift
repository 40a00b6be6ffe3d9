import Foundation
import MetaNetworkClient
import Synchronization

/// `metanetwork serve` as a process of its own, which can be killed and started again.
final class ServiceProcess: Sendable {
    /// Where it listens.
    let server: URL
    /// The key that it signs with.
    let key: PinnedKey
    /// What its tokens are exchanged for.
    let appKey: String
    private let arguments: [String]
    private let process: Mutex<Process>

    /// Longest wait for a service to listen, in seconds.
    private static let patience = 120.0

    /// Starts a service on a free port.
    ///
    /// - Parameters:
    ///   - registry: The registry that it serves.
    ///   - events: Where it keeps shared samples; `nil` for nowhere.
    ///   - folder: For its key and its log.
    init(registry: String, events: String?, folder: URL) async throws {
        var random = SystemRandomNumberGenerator()
        appKey = (0..<4).map { _ in String(random.next(), radix: 16) }.joined()
        var arguments = ["serve", "--registry", registry, "--admin-port", "0", "--drain-delay", "0"]
        // The simulation does in seconds what takes its devices days.
        arguments += ["--device-rate", "1000000", "--signing-key", folder.appendingPathComponent("signing").path]
        if let events { arguments += ["--events", events] }
        let (process, greeting) = try await Self.start(arguments + ["--port", "0"], appKey, folder)
        guard let server = greeting.server, let port = server.port, let key = greeting.key else {
            process.terminate()
            throw ConfigurationError("the service said '\(greeting.text)' and not where it listens")
        }
        (self.server, self.key) = (server, key)
        self.arguments = arguments + ["--port", "\(port)"]
        self.process = Mutex(process)
    }

    /// Kills the service and starts it again at the same place.
    func restart(_ folder: URL) async throws {
        stop(SIGKILL)
        let fresh = try await Self.start(arguments, appKey, folder).process
        process.withLock { $0 = fresh }
    }

    /// Ends the service: at once, or after what is under way.
    func stop(_ signal: Int32 = SIGTERM) {
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

    private static func start(_ arguments: [String], _ appKey: String, _ folder: URL) async throws -> (
        process: Process, greeting: Greeting
    ) {
        let log = folder.appendingPathComponent("service.log")
        FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        process.executableURL = Bundle.main.executableURL
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["METANETWORK_APP_KEYS": appKey]) { $1 }
        process.standardOutput = try FileHandle(forWritingTo: log)
        process.standardError = process.standardOutput
        try process.run()
        let end = ContinuousClock.now + .seconds(patience)
        while ContinuousClock.now < end {
            let text = String(decoding: FileManager.default.contents(atPath: log.path) ?? Data(), as: UTF8.self)
            let greeting = Greeting(text)
            if greeting.key != nil { return (process, greeting) }
            guard process.isRunning else { throw ConfigurationError("the service did not start: \(text.suffix(500))") }
            try await Task.sleep(for: .milliseconds(20))
        }
        kill(process.processIdentifier, SIGKILL)
        throw ConfigurationError("the service did not listen within \(Int(patience)) s; see its log above")
    }
}
