import Foundation
import NIOSSL
import Testing

@testable import MetaNetworkServer

@Suite("A certificate")
struct ReloadedCertificateTests {
    private let fixture = ServerFixture()

    private func files(_ certificate: Data, _ key: Data) throws -> ServerConfiguration.TLSFiles {
        let folder = try fixture.makeFolder()
        let files = ServerConfiguration.TLSFiles(
            certificate: folder.appendingPathComponent("certificate.pem"),
            key: folder.appendingPathComponent("key.pem")
        )
        try certificate.write(to: files.certificate)
        try key.write(to: files.key)
        return files
    }

    @Test("is read with its key, also where a block of parameters stands before the key")
    func parameters() throws {
        let identity = try Identity("one")
        let block = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        for key in [identity.key, Data(block.utf8) + identity.key] {
            let configuration = try ReloadedCertificate(files(identity.certificate, key)).configuration
            #expect(configuration.minimumTLSVersion == .tlsv12 && configuration.certificateChain.count == 1)
        }
    }

    @Test("that is missing, damaged or another key's is refused with the names of the files")
    func refusals() throws {
        let (one, two) = (try Identity("one"), try Identity("two"))
        for (certificate, key) in [
            (one.certificate, two.key), (Data("rubbish".utf8), one.key), (one.certificate, Data("rubbish".utf8)),
            (Data(), one.key), (one.certificate, one.certificate),
        ] {
            let files = try files(certificate, key)
            #expect {
                _ = try ReloadedCertificate(files)
            } throws: {
                $0 is ConfigurationProblem && "\($0)".contains("key.pem are no certificate and key in PEM")
            }
        }
        let nowhere = URL(fileURLWithPath: "/nowhere")
        #expect(throws: ConfigurationProblem.self) {
            try ReloadedCertificate(.init(certificate: nowhere, key: nowhere))
        }
    }
}
