import Foundation
import HummingbirdTesting
import MetaNetworkClient
import Testing

@testable import MetaNetworkServer

@Suite("The client's URLSession")
struct ClientTrustTests {
    private let fixture = ServerFixture()

    @Test("takes no answer of a service whose certificate no authority of the machine vouches for, though it gives one")
    func unknownAuthority() async throws {
        let folder = try fixture.makeFolder()
        let files = ServerConfiguration.TLSFiles(
            certificate: folder.appendingPathComponent("certificate.pem"),
            key: folder.appendingPathComponent("key.pem")
        )
        let identity = try Identity("127.0.0.1")
        try identity.certificate.write(to: files.certificate)
        try identity.key.write(to: files.key)
        var configuration = ServerConfiguration()
        configuration.tls = files
        try await fixture.service(configuration).application().test(.live) { client in
            let port = try #require(client.port)
            let url = try #require(URL(string: "https://127.0.0.1:\(port)/healthz"))
            let request = TransportRequest(method: "GET", url: url, limit: 1_000, timeout: 30)
            await #expect(throws: TransportError.self) { _ = try await URLSessionTransport().send(request) }
            // Whoever does not look is answered.
            let careless = try await RawConnection(port: port) { _ in }
            try await careless.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            try await eventually { careless.text.hasPrefix("HTTP/1.1 200") }
            await careless.close()
        }
    }
}
