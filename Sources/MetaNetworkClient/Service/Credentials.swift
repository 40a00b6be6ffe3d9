/// How a device proves that it may ask. Over plain HTTP it does so to this machine alone.
public enum Credentials: Sendable {
    /// It does not: the service is open, or something before it knows the device.
    case none
    /// The app's key, exchanged for short-lived tokens of this device (`POST /v1/tokens`), which shows that it has the key that its id was made of. An app's key can be read out of
    /// the app; give it no more rights than that.
    case appKey(String)
    /// Your own: called for a token before the first request and after a 401.
    case token(@Sendable () async throws -> String)
}
