import Foundation
import Testing

extension CommandTests {
    private static let checkout = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardized

    /// A Chromium of the machine; `nil` where there is none.
    private static let browser: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let names = ["chromium", "chromium-browser", "google-chrome"]
        return names.flatMap { name in folders.map { "\($0)/\(name)" } }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    @Test(
        "writes a report that a browser shows without a complaint, on a phone and on a desk, in the light and in the dark",
        .enabled(if: browser != nil, "make packages, which installs chromium")
    )
    func reportInBrowser() throws {
        let columns = ["--user-column", "who", "--item-column", "what", "--time-column", "when", "--k-core", "1"]
        let small = ["--width", "8", "--epochs", "1", "--batch", "128", "--threads", "1", "--bootstrap", "20"]
        // With the charts' real library, which set-up fetches.
        let compared = try run(
            ["compare", "--data", "log.csv"] + columns + small + [
                "--generators", "plain", "--seeds", "1", "--out", "r",
            ],
            environment: ["METANETWORK_DEPS": Self.checkout.appendingPathComponent(".deps").path]
        )
        #expect(compared.status == 0, "\(compared.error)")
        let page = folder.appendingPathComponent("r/report.html").absoluteString
        let checked = try Self.script("check-dashboard", "--page", page, "--browser", Self.browser ?? "")
        #expect(checked.status == 0, "\(checked.text)")
    }

    @Test("does what the README says, command by command")
    func readme() throws {
        let checked = try Self.script("check-readme", Self.tool.path)
        #expect(checked.status == 0, "\(checked.text)")
    }

    /// Runs a script of the project to its end.
    private static func script(_ name: String, _ arguments: String...) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", checkout.appendingPathComponent("scripts/\(name)").path] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
