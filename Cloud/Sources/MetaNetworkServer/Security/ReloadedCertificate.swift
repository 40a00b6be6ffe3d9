import Foundation
import NIOCertificateReloading
import NIOSSL
import ServiceLifecycle
import SwiftASN1

/// Certificate and key from files, read again every second, so that a renewal needs no restart.
struct ReloadedCertificate: Service {
    /// The configuration of a listener that shows the newest pair that belongs together.
    let configuration: TLSConfiguration
    private let reloader: TimedCertificateReloader

    /// Reads the files for the first time.
    ///
    /// - Throws: ``ConfigurationProblem`` where they are no certificate and its key.
    init(_ files: ServerConfiguration.TLSFiles) throws(ConfigurationProblem) {
        do {
            // A pair that is half renewed does not load: the old one is good until both files are there.
            reloader = try TimedCertificateReloader.makeReloaderValidatingSources(
                configuration: TimedCertificateReloader.Configuration(
                    refreshInterval: .seconds(1),
                    certificateSource: .init(location: .file(path: files.certificate.path), format: .pem),
                    privateKeySource: .init(location: .memory { try Self.privateKey(files.key) }, format: .pem)
                )
            )
            var configuration = try TLSConfiguration.makeServerConfiguration(certificateReloader: reloader)
            configuration.minimumTLSVersion = .tlsv12
            self.configuration = configuration
        } catch {
            throw ConfigurationProblem(
                "\(files.certificate.path) and \(files.key.path) are no certificate and key in PEM: \(error)"
            )
        }
    }

    /// Reloads until the service stops.
    func run() async throws { try await reloader.run() }

    /// The block of the private key: a file may have a block of parameters before it.
    private static func privateKey(_ file: URL) throws -> [UInt8] {
        let blocks = try PEMDocument.parseMultiple(pemString: String(contentsOf: file, encoding: .utf8))
        guard let block = blocks.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }) else {
            throw ConfigurationProblem("\(file.path) holds no private key")
        }
        return Array(block.pemString.utf8)
    }
}
