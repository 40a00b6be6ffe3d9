/// What an app sends to `POST /v1/tokens`, with its app key as the bearer token, to get a token for one device.
public struct DeviceTokenRequest: Codable, Sendable, Equatable {
    /// The id of this installation, 8 to 64 letters, digits, `-` and `_`: made of its key (``DeviceProof/device(of:sha256:)``), or
    /// random.
    public var device: String
    /// Shows that the device has the key that its id was made of; `nil` where it has none.
    public var proof: DeviceProof?

    /// Creates a request.
    public init(device: String, proof: DeviceProof? = nil) {
        self.device = device
        self.proof = proof
    }
}

/// A short-lived token, sent as `Authorization: Bearer …` with every request of the device.
public struct DeviceToken: Codable, Sendable, Equatable {
    /// The token (a JWT).
    public var token: String
    /// When it ends, in seconds since 1970.
    public var expires: Int

    /// Creates a token.
    public init(token: String, expires: Int) {
        self.token = token
        self.expires = expires
    }
}
