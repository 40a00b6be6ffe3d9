import Crypto
import Foundation
import MetaNetworkWire

/// The key pair of this installation, which its id is made of: nobody without it is this device.
struct DeviceKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// A new key.
    init() { key = Curve25519.Signing.PrivateKey() }

    /// - Returns: `nil` where the text is no key.
    init?(base64: String) {
        guard let raw = Data(base64Encoded: base64),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw)
        else { return nil }
        self.key = key
    }

    /// The private key in base64, for the disk.
    var base64: String { key.rawRepresentation.base64EncodedString() }

    /// The id of the device that has the key, a UUID.
    var device: String {
        DeviceProof.device(of: [UInt8](key.publicKey.rawRepresentation)) { Array(SHA256.hash(data: $0)) }
    }

    /// Answers a challenge.
    ///
    /// - Parameter counter: Above that of every proof before.
    /// - Throws: Where the key does not sign.
    func proof(of challenge: String, counter: Int) throws -> DeviceProof {
        let raw = key.publicKey.rawRepresentation.base64EncodedString()
        var proof = DeviceProof(key: raw, challenge: challenge, counter: counter)
        proof.signature = try key.signature(for: proof.message(device: device)).base64EncodedString()
        return proof
    }
}

/// The key of this installation on the disk.
extension ModelFolder {
    private var keyFile: URL { root.appendingPathComponent("device.key") }
    private var counterFile: URL { root.appendingPathComponent("device.counter") }

    /// The key that the stored id was made of; `nil` where there is none, as of an app of release 0.1, or where it is lost.
    func deviceKey() -> DeviceKey? {
        guard let data = try? SealedFile.read(keyFile, limit: 64),
            let key = DeviceKey(base64: String(decoding: data, as: UTF8.self)), key.device == keptDeviceID()
        else { return nil }
        return key
    }

    /// Makes a key and stores it. The lock is held.
    ///
    /// - Returns: The id that it makes.
    func storeNewKey() throws -> String {
        let key = DeviceKey()
        try SealedFile.write(Data(key.base64.utf8), to: keyFile)
        return key.device
    }

    /// A counter above all before: it goes on from the device's clock, so that one that is lost, or set back with the folder, begins
    /// above what was used.
    ///
    /// - Parameter now: Seconds since 1970 by the device's clock.
    func nextProof(now: Int) throws -> Int {
        try lock.locked {
            let last = try? SealedFile.read(counterFile, limit: 32).flatMap { Int(String(decoding: $0, as: UTF8.self)) }
            let next = max(now, (last ?? 0).addingReportingOverflow(1).partialValue)
            try SealedFile.write(Data("\(next)".utf8), to: counterFile)
            return next
        }
    }

    /// Gives the installation another id, with a key, where its own has none: the service asks for one. What was shared under the one before
    /// is deleted with what is shared under the new one.
    ///
    /// - Parameter device: The id without a key.
    func replaceDevice(_ device: String) throws {
        try lock.locked {
            // Another process may have done so.
            guard keptDeviceID() == device, deviceKey() == nil else { return }
            if FileManager.default.fileExists(atPath: shared.path) { try write(former: formerDevices() + [device]) }
            try storeDevice(storeNewKey())
        }
    }
}
