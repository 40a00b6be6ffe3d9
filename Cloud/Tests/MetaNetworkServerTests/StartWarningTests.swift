import Foundation
import InMemoryLogging
import Logging
import Testing

@testable import MetaNetworkServer

@Suite("A service that starts")
struct StartWarningTests {
    private let fixture = ServerFixture()

    private func warnings(_ configuration: ServerConfiguration) async throws -> [String] {
        let log = InMemoryLogHandler()
        _ = try await MetaNetworkService(
            configuration,
            bundles: fixture.bundles,
            logger: Logger(label: "test") { _ in log }
        ) { try ServerFixture.load($0) }
        return log.entries.filter { $0.level >= .warning }.map(\.message.description)
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
