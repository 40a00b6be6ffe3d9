import Foundation
import Testing

/// A store that speaks S3, for tests of whole programs.
enum SeaweedProcess {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardized

    /// Whether `scripts/setup --tests` was there.
    static let isInstalled = FileManager.default.fileExists(
        atPath: root.appendingPathComponent(".deps/seaweedfs").path
    )

    /// Starts or stops one.
    ///
    /// - Parameters:
    ///   - arguments: Those of `scripts/private-seaweedfs`.
    ///   - folder: Receives what it says.
    /// - Returns: The address that it says.
    static func run(_ arguments: [String], in folder: URL) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", root.appendingPathComponent("scripts/private-seaweedfs").path] + arguments
        // A file, for a server that is started would hold a pipe open.
        let file = folder.appendingPathComponent("seaweedfs-said")
        try Data().write(to: file)
        process.standardOutput = try FileHandle(forWritingTo: file)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n").last.map(String.init)
            ?? ""
    }
}
