import Foundation
import MetaNetworkExperiments
import Testing

/// Where Foundation on Linux reads which authorities the machine trusts; nothing else names one.
private let authorities = "/etc/ssl/certs/ca-certificates.crt"

extension ServingProcessTests {
    @Test(
        "devices are served over TLS where the machine trusts the certificate's authority, and do not trust it elsewhere",
        .enabled(
            if: geteuid() == 0 && FileManager.default.fileExists(atPath: authorities),
            "needs root on Linux, and Debian's ca-certificates (make packages)"
        )
    )
    func trustedOverTLS() async throws {
        let (certificate, key) = ("certificate.pem", "key.pem")
        let made = try call(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                + ["-subj", "/CN=here", "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key]
        )
        try #require(made.status == 0, "\(made.error)")
        let service = try await ServiceProcess(
            executable: program,
            registry: path("registry"),
            events: nil,
            folder: folder,
            further: ["--tls-certificate", path(certificate), "--tls-key", path(key)]
        )
        defer { service.stop() }
        #expect(service.server.scheme == "https")
        var lines = "who,what,when\n"
        for user in 0..<3 { for step in 0..<12 { lines += "u\(user),film-\((user + step * 5) % 120),\(step)\n" } }
        try Data(lines.utf8).write(to: folder.appendingPathComponent("log.csv"))
        let simulate = [
            CommandTests.tool.path, "simulate", "--server", service.server.absoluteString, "--model", "movies",
            "--data", "log.csv", "--user-column", "who", "--item-column", "what", "--time-column", "when",
            "--k-core", "1", "--policies", "every-5",
        ]
        let environment = ["METANETWORK_APP_KEY": service.appKey]
        let stranger = try call(simulate, environment: environment)
        #expect(stranger.status != 0 && stranger.error.contains("certificate"), "\(stranger.error)")
        // Mounted in a namespace of the command's own, over the machine's list.
        let trust = "mount --bind \"$0\" \(authorities) && exec \"$@\""
        let trusting = ["unshare", "--mount", "sh", "-c", trust, certificate] + simulate
        let known = try call(trusting, environment: environment)
        #expect(known.status == 0, "\(known.error)")
    }

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Runs a command in the test's folder to its end.
    private func call(_ words: [String], environment: [String: String] = [:]) throws -> (status: Int32, error: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let error = Pipe()
        process.standardError = error
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
