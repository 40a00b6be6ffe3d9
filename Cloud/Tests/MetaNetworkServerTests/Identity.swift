import Crypto
import Foundation
import SwiftASN1
import X509

/// A self-signed certificate and its key.
struct Identity {
    let name: String
    let certificate: Data
    let key: Data

    init(_ commonName: String) throws {
        let secret = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName(commonName) }
        let made = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: .init(secret.publicKey),
            notValidBefore: Date(timeIntervalSinceNow: -60),
            notValidAfter: Date(timeIntervalSinceNow: 3600),
            issuer: subject,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: .init(),
            issuerPrivateKey: .init(secret)
        )
        name = subject.description
        certificate = Data(try made.serializeAsPEM().pemString.utf8)
        key = Data(secret.pemRepresentation.utf8)
    }
}
