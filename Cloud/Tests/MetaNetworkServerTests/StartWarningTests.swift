import Foundation
import Logging
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("A service that starts")
struct StartWarningTests {
    private let fixture = ServerFixture()

    /// Keeps what is logged.
    private struct Keeping: LogHandler {
        final class Lines: Sendable {
            private let kept = Mutex<[String]>([])
            var all: [String] { kept.withLock { $0 } }
            func add(_ line: String) { kept.withLock { $0.append(line) } }
        }

        let lines: Lines
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.warning
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.add("\(event.message)") }
    }

    private func warnings(_ configuration: ServerConfiguration) async throws -> [String] {
        let lines = Keeping.Lines()
        _ = try await MetaNetworkService(
            configuration,
            bundles: fixture.bundles,
            logger: Logger(label: "test") { _ in Keeping(lines: lines) }
        ) { try ServerFixture.load($0) }
        return lines.all
    }

    @Test("says where keys and secrets are not kept, and nothing where they are")
    func warnings() async throws {
        var configuration = ServerConfiguration()
        #expect(try await warnings(configuration).map { $0.contains("signing key is not kept") } == [true])
        configuration.signingKeyFile = try fixture.makeFolder().appendingPathComponent("signing")
        try SigningKey().write(to: #require(configuration.signingKeyFile))
        #expect(try await warnings(configuration).isEmpty)
        let appKeys = ServerConfiguration.AppKeySource.these(["0123456789abcdef"])
        configuration.authentication = .tokens(.init(appKeys: appKeys, secrets: .ofThisProcess))
        let lines = try await warnings(configuration)
        #expect(lines.count == 1 && lines[0].contains("token secret is not kept") && lines[0].contains("replicas"))
        configuration.authentication = .tokens(appKeys: ["0123456789abcdef"], secret: [UInt8](repeating: 1, count: 32))
        #expect(try await warnings(configuration).isEmpty)
    }
}
