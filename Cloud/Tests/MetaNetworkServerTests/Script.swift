import Foundation

/// The scripts that look at a running service from outside.
enum Script {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardized

    /// Whether `scripts/setup --tests` was there.
    static let hasPackages = FileManager.default.fileExists(atPath: root.appendingPathComponent(".deps/python").path)

    /// A Chromium of the machine; `nil` where there is none.
    static let browser: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let names = ["chromium", "chromium-browser", "google-chrome"]
        return names.flatMap { name in folders.map { "\($0)/\(name)" } }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Runs a script to its end, or for three minutes.
    ///
    /// What it prints goes to a file: a program that it leaves behind would keep a pipe open for ever.
    static func run(_ name: String, _ arguments: String...) async throws -> (status: Int32, text: String) {
        try await run(name, arguments: arguments)
    }

    static func run(_ name: String, arguments: [String]) async throws -> (status: Int32, text: String) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data().write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", root.appendingPathComponent("scripts/\(name)").path] + arguments
        let output = try FileHandle(forWritingTo: file)
        process.standardOutput = output
        process.standardError = output
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
                return
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + 180) {
                if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            }
        }
        return (status, String(decoding: try Data(contentsOf: file), as: UTF8.self))
    }
}
