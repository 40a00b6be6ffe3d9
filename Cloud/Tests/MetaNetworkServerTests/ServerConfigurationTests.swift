import Foundation
import Testing

@testable import MetaNetworkServer

@Suite("Settings of a server")
struct ServerConfigurationTests {
    private let key = "0123456789abcdef"
    private let secret = [UInt8](repeating: 7, count: 32)

    private func configuration(_ host: String, _ keys: [String]? = nil, secret: [UInt8]? = nil) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.address.host = host
        configuration.authentication = .tokens(appKeys: keys ?? [key], secret: secret ?? self.secret)
        return configuration
    }

    private func check(_ configuration: ServerConfiguration, isGood: Bool, _ comment: Comment? = nil) {
        if isGood {
            #expect(throws: Never.self, comment) { try configuration.validate() }
        } else {
            #expect(throws: ConfigurationProblem.self, comment) { try configuration.validate() }
        }
    }

    @Test("without tokens listen on loopback only, and have keys and secrets that cannot be guessed")
    func tokens() {
        var open = ServerConfiguration()
        check(open, isGood: true)
        open.address.host = "0.0.0.0"
        check(open, isGood: false)
        check(configuration("127.0.0.1"), isGood: true)
        check(configuration("127.0.0.1", ["short"]), isGood: false)
        check(configuration("127.0.0.1", [key, "  padded   "]), isGood: false)
        check(configuration("127.0.0.1", []), isGood: false)
        check(configuration("127.0.0.1", ["  "]), isGood: false)
        check(configuration("127.0.0.1", secret: [1]), isGood: false)
    }

    @Test("let tokens come over plain HTTP from elsewhere only where something before the service ends TLS")
    func plainHTTP() {
        var plain = configuration("0.0.0.0")
        check(plain, isGood: false)
        plain.isBehindProxy = true
        check(plain, isGood: true)
        plain.isBehindProxy = false
        plain.tls = ServerConfiguration.TLSFiles(
            certificate: .init(fileURLWithPath: "c"),
            key: .init(fileURLWithPath: "k")
        )
        check(plain, isGood: true)
    }

    @Test("ask operators from elsewhere for a token")
    func operators() {
        var configuration = ServerConfiguration()
        configuration.adminAddress = ServerConfiguration.Address(host: "0.0.0.0", port: 8081)
        check(configuration, isGood: false)
        configuration.adminTokenFile = .init(fileURLWithPath: "t")
        check(configuration, isGood: true)
        configuration.adminAddress = nil
        configuration.adminTokenFile = nil
        check(configuration, isGood: true)
    }

    @Test(
        "have rates and ports that there are",
        arguments: [1e-300, 0, -1, 1e10, .infinity, .nan]
    )
    func rates(perSecond: Double) {
        var configuration = ServerConfiguration()
        configuration.limits.deviceRate.perSecond = perSecond
        check(configuration, isGood: false)
        configuration = ServerConfiguration()
        configuration.limits.overallRate.burst = -abs(perSecond)
        check(configuration, isGood: false)
        configuration = ServerConfiguration()
        configuration.address.port = 99_999
        check(configuration, isGood: false)
    }
}
