/// What an app sends to `POST /v1/tokens`, with its app key as the bearer token, to get a token for one device.
public struct DeviceTokenRequest: Codable, Sendable, Equatable {
    /// A random id that the app made for this installation: 8 to 64 letters, digits, `-` and `_`.
    public var device: String

    /// Creates a request.
    public init(device: String) { self.device = device }
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
