import MetaNetwork

/// Where the next token comes from. Holds the last one.
struct TokenSource {
    private let credentials: Credentials
    private let folder: ModelFolder
    private var token: DeviceToken?

    /// What has to be done for a token.
    enum Next {
        /// Nothing: requests bear none.
        case none
        /// The last one is still good.
        case known(String)
        /// The app's own provider must be asked.
        case provider(@Sendable () async throws -> String)
        /// The app's key must be exchanged.
        case exchange(key: String, message: DeviceTokenRequest)
    }

    init(_ credentials: Credentials, _ folder: ModelFolder) {
        self.credentials = credentials
        self.folder = folder
    }

    /// - Parameters:
    ///   - fresh: Whether the last token was refused.
    ///   - now: The device's clock. One that is wrong costs a token too many, or a 401.
    func next(fresh: Bool, now: Int) -> Next {
        if !fresh, let token, token.expires > now { return .known(token.token) }
        switch credentials {
        case .none: return .none
        case .appKey(let key): return .exchange(key: key, message: DeviceTokenRequest(device: folder.deviceID()))
        case .token(let provider): return .provider(provider)
        }
    }

    mutating func keep(_ token: DeviceToken) { self.token = token }

    mutating func forget() { token = nil }
}
