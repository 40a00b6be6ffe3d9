import Foundation
import NIOCore
import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// Certificate and key from files, read again when they change, so that a renewal needs no restart.
final class TLSReloader: Sendable {
    private struct State {
        var current: NIOSSLContextConfigurationOverride
        var changed: [Date]
        var looked: ContinuousClock.Instant
    }

    private let files: ServerConfiguration.TLSFiles
    private let state: Mutex<State>

    init(_ files: ServerConfiguration.TLSFiles) throws {
        self.files = files
        state = Mutex(State(current: try Self.read(files), changed: Self.dates(files), looked: .now))
    }

    /// The configuration of the listener.
    func configuration() throws -> TLSConfiguration {
        let first = state.withLock { $0.current }
        guard let chain = first.certificateChain, let key = first.privateKey else {
            throw ConfigurationProblem("\(files.certificate.path) holds no certificate")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.sslContextCallback = { _, promise in promise.succeed(self.current()) }
        return configuration
    }

    /// The newest pair that is whole; files are looked at once a second at most.
    private func current() -> NIOSSLContextConfigurationOverride {
        state.withLock { state in
            guard ContinuousClock.now - state.looked > .seconds(1) else { return state.current }
            state.looked = .now
            let dates = Self.dates(files)
            // A pair that is half renewed does not load: the old one is good until both files are there.
            if dates != state.changed, let read = try? Self.read(files) {
                (state.current, state.changed) = (read, dates)
            }
            return state.current
        }
    }

    private static func read(_ files: ServerConfiguration.TLSFiles) throws -> NIOSSLContextConfigurationOverride {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificate.path)
            let key = try NIOSSLPrivateKey(file: files.key.path, format: .pem)
            try check(chain, files.key)
            var result = NIOSSLContextConfigurationOverride()
            result.certificateChain = chain.map { .certificate($0) }
            result.privateKey = .privateKey(key)
            return result
        } catch {
            throw ConfigurationProblem(
                "\(files.certificate.path) and \(files.key.path) are no certificate and key in PEM: \(error)"
            )
        }
    }

    /// A key that is not the certificate's would fail each handshake, and no sooner.
    private static func check(_ chain: [NIOSSLCertificate], _ key: URL) throws {
        guard let first = chain.first else { throw ConfigurationProblem("there is no certificate") }
        let certificate = try Certificate(derEncoded: first.toDERBytes())
        // A file may have a block of parameters before its key.
        let blocks = try PEMDocument.parseMultiple(pemString: String(contentsOf: key, encoding: .utf8))
        guard let block = blocks.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }),
            try Certificate.PrivateKey(pemDocument: block).publicKey == certificate.publicKey
        else {
            throw ConfigurationProblem("the key is not the certificate's")
        }
    }

    private static func dates(_ files: ServerConfiguration.TLSFiles) -> [Date] {
        [files.certificate, files.key].map { file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
            return attributes?[.modificationDate] as? Date ?? .distantPast
        }
    }
}
