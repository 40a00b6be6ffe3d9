import ArgumentParser
import Foundation
import Logging
import MetaNetworkExperiments
import MetaNetworkServer
import MetaNetworkSettings
import Testing

@testable import metanetwork
@testable import MetaNetworkServing

@Suite("The flags of serve")
struct ServeFlagTests {
    private func settings(_ arguments: String...) throws -> ServeSettings {
        try ServeOptions.parse(arguments).merged().values()
    }

    @Test(
        "that no service could use are refused with what they may be",
        arguments: [
            ("batch-delay", "inf"), ("batch-delay", "nan"), ("batch-delay", "-1"), ("drain-delay", "1e300"),
            ("drain-delay", "inf"), ("device-rate", "1e-300"), ("device-rate", "0"), ("device-rate", "inf"),
            ("device-rate", "nan"), ("port", "99999"), ("port", "-1"), ("admin-port", "65536"), ("batch-size", "0"),
            ("queue-limit", "99999999999999999999"), ("loaded-memory", "0"), ("loaded-memory", "inf"),
        ]
    )
    func refused(key: String, value: String) {
        do {
            _ = try settings("--\(key)=\(value)")
            Issue.record("--\(key) \(value) is taken")
        } catch {
            let text = (error as? ConfigurationError)?.description ?? ServeOptions.message(for: error)
            #expect(text.contains(key) && text.contains("number"), "\(text)")
        }
    }

    @Test(
        "at the ends of what is allowed make settings of a service",
        arguments: [
            ("batch-delay", "60000"), ("drain-delay", "86400"), ("device-rate", "1e-06"), ("device-rate", "1e9"),
            ("port", "65535"), ("batch-delay", "0"), ("drain-delay", "0"),
        ]
    )
    func extremes(key: String, value: String) throws {
        let configuration = try settings("--\(key)", value).configuration
        #expect(configuration.limits.deviceRate.burst >= 1)
        #expect(configuration.drainDelay <= .seconds(86_400) && configuration.batching.delay <= .seconds(60))
    }

    @Test("say where spans go and which, where files are, and how the log is written")
    func seenFromOutside() throws {
        let own = try settings(
            "--otlp-endpoint",
            "http://collector:4318/v1/traces",
            "--trace-share",
            "0.25",
            "--files-url",
            "https://files.example.com/v1/files",
            "--log-format",
            "json",
            "--log-level",
            "debug"
        )
        #expect(own.configuration.tracing?.endpoint.absoluteString == "http://collector:4318/v1/traces")
        #expect(own.configuration.tracing?.share == 0.25)
        #expect(own.configuration.filesURL?.host() == "files.example.com")
        #expect(own.logFormat == .json && own.logLevel == .debug)
        #expect(own.logFormat.handler("x", .debug) is JSONLogHandler)
        let plain = try settings()
        #expect(plain.configuration.tracing == nil && plain.configuration.filesURL == nil)
        #expect(plain.logFormat.handler("x", .error).logLevel == .error)
        for (key, bad) in [
            ("otlp-endpoint", "collector:4318"), ("files-url", "ftp://x"), ("log-format", "xml"), ("log-level", "loud"),
            ("trace-share", "2"),
        ] {
            #expect(throws: (any Error).self, "\(key)") { try settings("--\(key)", bad) }
        }
    }

    @Test("bound the memory of versions in GiB, and without the flag nothing does")
    func loadedMemory() throws {
        #expect(try settings("--loaded-memory", "0.5").configuration.loadedBytes == 1 << 29)
        #expect(try settings().configuration.loadedBytes == nil)
    }

    @Test("of publish: a time to roll out is a number and a unit, a precision one of three")
    func publishing() throws {
        for (text, seconds) in [("24h", 86_400), ("90m", 5400), ("3d", 259_200), ("45s", 45), ("7", 7)] {
            #expect(TimeSpan.read(text)?.seconds == seconds)
        }
        for text in ["", "h", "-1h", "0", "1.5h", "24H", "367d", "9223372036854775807d"] {
            #expect(TimeSpan.read(text) == nil, "\(text)")
        }
        let own: PublishSettings = try PublishOptions.parse(["--base-precision", "int8", "--rollout", "2h"]).merged()
            .values()
        #expect(own.basePrecision == .int8 && own.rollout?.seconds == 7200)
    }

    @Test("slow device rates leave a burst of one request", arguments: [(0.01, 1), (0.05, 1), (0.1, 1), (2, 20)])
    func slowRates(rate: Double, burst: Double) throws {
        #expect(try settings("--device-rate", "\(rate)").configuration.limits.deviceRate == (rate, burst))
    }

    @Test("ask for a signing key that is kept, or to say that none is, where devices have tokens")
    func signingKey() throws {
        let keys = ["METANETWORK_APP_KEYS": "0123456789abcdef, fedcba9876543210"]
        let error = #expect(throws: ConfigurationError.self) { try settings().authentication(environment: keys) }
        #expect(error?.description.contains("metanetwork keys new") == true)
        for settings in [try settings("--signing-key", "k"), try settings("--ephemeral-signing-key")] {
            guard case .tokens(let tokens) = try settings.authentication(environment: keys),
                case .these(let texts) = tokens.appKeys, case .ofThisProcess = tokens.secrets
            else {
                Issue.record("there are no tokens")
                continue
            }
            #expect(texts.count == 2 && tokens.denyFile == nil)
        }
        guard case .none = try settings("--insecure").authentication(environment: [:]) else {
            Issue.record("it asks for tokens")
            return
        }
    }

    @Test("take app keys from one place, secrets from several files, and refuse lists that nobody would look at")
    func access() throws {
        let own = try settings(
            "--app-key-file",
            "apps",
            "--token-secret-file",
            "new,old",
            "--deny-file",
            "denied",
            "--signing-key",
            "k"
        )
        guard case .tokens(let tokens) = try own.authentication(environment: ["METANETWORK_APP_KEYS": ""]),
            case .file(let file) = tokens.appKeys, case .files(let secrets) = tokens.secrets
        else {
            Issue.record("there are no tokens")
            return
        }
        #expect(file.lastPathComponent == "apps" && secrets.map(\.lastPathComponent) == ["new", "old"])
        #expect(tokens.denyFile?.lastPathComponent == "denied")
        let both = #expect(throws: ConfigurationError.self) {
            try own.authentication(environment: ["METANETWORK_APP_KEYS": "0123456789abcdef"])
        }
        #expect(both?.description.contains("keep one") == true)
        let none = #expect(throws: ConfigurationError.self) { try settings().authentication(environment: [:]) }
        #expect(none?.description.contains("--app-key-file") == true)
        for flag in ["--app-key-file", "--token-secret-file", "--deny-file"] {
            let error = #expect(throws: ConfigurationError.self) {
                try settings("--insecure", flag, "f").authentication(environment: [:])
            }
            #expect(error?.description.contains(flag) == true)
        }
    }

    @Test("open the operators' listener where they say")
    func operators() throws {
        let own = try settings("--admin-host", "0.0.0.0", "--admin-token-file", "t", "--behind-proxy", "--public-files")
        let configuration = own.configuration
        #expect(configuration.adminAddress == .init(host: "0.0.0.0", port: 8081))
        #expect(configuration.adminTokenFile?.lastPathComponent == "t")
        #expect(configuration.isBehindProxy && configuration.filesArePublic)
        #expect(try settings("--admin-port", "0").configuration.adminAddress == nil)
    }
}
