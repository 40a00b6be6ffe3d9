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
        let check = Process()
        check.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        check.arguments = [
            "python3", Self.checkout.appendingPathComponent("scripts/check-dashboard").path, "--page",
            folder.appendingPathComponent("r/report.html").absoluteString, "--browser", Self.browser ?? "",
        ]
        let output = Pipe()
        check.standardOutput = output
        check.standardError = output
        try check.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        check.waitUntilExit()
        #expect(check.terminationStatus == 0, "\(text)")
    }
}
