import MetaNetwork

/// What a service gives to an app's key for a device to sign (`POST /v1/challenges`): good once, and for some minutes.
public struct DeviceChallenge: Codable, Sendable, Equatable {
    /// The text to sign.
    public var challenge: String
    /// When it ends, in seconds since 1970.
    public var expires: Int

    /// Creates a challenge.
    public init(challenge: String, expires: Int) {
        self.challenge = challenge
        self.expires = expires
    }
}

/// By what a device shows that it has the key that its id was made of, so that nobody else is that device.
public struct DeviceProof: Codable, Sendable, Equatable {
    /// The public Ed25519 key in base64.
    public var key: String
    /// The challenge that is answered.
    public var challenge: String
    /// Grows with each proof of the device: where it does not, somebody has a copy of the key.
    public var counter: Int
    /// What the platform says of the app and the key, made over ``message(device:)``, in base64; `nil` where it says nothing.
    public var attestation: String?
    /// The Ed25519 signature of ``message(device:)``, in base64.
    public var signature: String

    /// Creates a proof.
    public init(key: String, challenge: String, counter: Int, attestation: String? = nil, signature: String = "") {
        (self.key, self.challenge, self.counter) = (key, challenge, counter)
        (self.attestation, self.signature) = (attestation, signature)
    }

    /// What is signed: a line for the kind of document, the device's id, the challenge and the counter.
    public func message(device: String) -> [UInt8] {
        Array("metanetwork/device/1\ndevice \(device)\nchallenge \(challenge)\ncounter \(counter)\n".utf8)
    }

    /// The id of the device that has a key: the first 16 bytes of the SHA-256 of `metanetwork/device-id/1`, a line feed and the key, written
    /// as a UUID.
    ///
    /// - Parameters:
    ///   - key: The 32 bytes of the public key.
    ///   - sha256: The SHA-256 of bytes.
    public static func device(of key: [UInt8], sha256: ([UInt8]) -> [UInt8]) -> String {
        let digest = sha256(Array("metanetwork/device-id/1\n".utf8) + key).prefix(16)
        let digits = BundleVersion.hexadecimal(Array(digest)).uppercased()
        var (text, rest) = ("", digits[...])
        for length in [8, 4, 4, 4, 12] {
            text += (text.isEmpty ? "" : "-") + rest.prefix(length)
            rest = rest.dropFirst(length)
        }
        return text
    }
}
