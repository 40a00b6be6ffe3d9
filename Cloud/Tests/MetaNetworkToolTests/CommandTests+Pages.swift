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
        try look(at: "r/report.html")
    }

    /// What a browser and axe say of a page.
    private func look(at page: String) throws {
        let address = folder.appendingPathComponent(page).absoluteString
        let checked = try Self.script("check-dashboard", "--page", address, "--browser", Self.browser ?? "")
        #expect(checked.status == 0, "\(page): \(checked.text)")
    }

    @Test(
        "writes reports of simulations and of experiments that a browser shows as well",
        .enabled(if: browser != nil, "make packages, which installs chromium")
    )
    func otherReportsInBrowser() throws {
        let charts = ["METANETWORK_DEPS": Self.checkout.appendingPathComponent(".deps").path]
        let trained = try run(
            ["train", "--out", "films", "--epochs", "1", "--width", "8", "--threads", "1", "--quiet"] + data
        )
        #expect(trained.status == 0, "\(trained.error)")
        #expect(try run("publish", "films", "--registry", "registry", "--quiet").status == 0)
        let simulated = try run(
            ["simulate", "--registry", "registry", "--policies", "every-5", "--devices", "5", "--out", "lived"] + data,
            environment: charts
        )
        #expect(simulated.status == 0, "\(simulated.error)")
        try look(at: "lived/report.html")
        let text = """
            title: Two methods
            parts:
              - name: log
                data: {name: log}
                settings: {epochs: 1, width: 8, batch: 64, k-core: 1, user-column: who, item-column: what, time-column: when}
                methods:
                  - {name: base, variant: none, model: sasrec}
                  - {name: meta, variant: residual}
            """
        try Data(text.utf8).write(to: folder.appendingPathComponent("two.yaml"))
        let tried = try run(
            ["experiment", "two.yaml", "--quick", "--threads", "1", "--out", "reports"],
            environment: charts.merging(["METANETWORK_DATA": folder.path]) { $1 }
        )
        #expect(tried.status == 0, "\(tried.error)")
        let pages = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.hasPrefix("reports/") && $0.hasSuffix("report.html") }
        #expect(!pages.isEmpty)
        for page in pages { try look(at: page) }
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
