import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire

@testable import MetaNetworkClient

/// Who signs versions, apart from the service.
struct FakePublisher: Sendable {
    let name: String
    private let key = Curve25519.Signing.PrivateKey()

    init(_ name: String = "p1") { self.name = name }

    /// What an app pins.
    var pinned: PinnedKey {
        get throws { try PinnedKey(id: name, base64: key.publicKey.rawRepresentation.base64EncodedString()) }
    }

    /// A statement of a version, which follows another; the clock of ``ManualTime`` begins at 1,000,000.
    func statement(
        of bundle: TestBundle,
        after previous: ReleaseStatement? = nil,
        issued: Int = 1_000_000,
        expires: Int = 2_000_000,
        change: (inout ReleaseStatement) -> Void = { _ in }
    ) throws -> ReleaseStatement {
        var statement = ReleaseStatement(
            model: bundle.manifest.name,
            version: bundle.manifest.version,
            manifest: SHA256.hexadecimal(of: bundle.contents.manifest),
            counter: previous.map { $0.counter + 1 } ?? 1,
            issued: issued,
            expires: expires,
            previous: previous?.digest { Array(SHA256.hash(data: $0)) } ?? ReleaseStatement.beginning,
            key: name
        )
        change(&statement)
        statement.signature = try key.signature(for: statement.message).base64EncodedString()
        return statement
    }
}
