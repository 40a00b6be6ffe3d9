import MetaNetwork

/// Where the next token comes from. Holds the last one.
struct TokenSource {
    private let credentials: Credentials
    private let folder: ModelFolder
    private var token: DeviceToken?
    /// Whom the token names; `nil` where only the app's provider knows.
    private var device: String?

    /// What has to be done for a token.
    enum Next {
        /// Nothing: requests bear none.
        case none
        /// The app's own provider must be asked.
        case provider(@Sendable () async throws -> String)
        /// The app's key must be exchanged.
        case exchange(key: String, message: DeviceTokenRequest)

        /// Whom the token will name, where that is known.
        var device: String? {
            if case .exchange(_, let message) = self { message.device } else { nil }
        }
    }

    init(_ credentials: Credentials, _ folder: ModelFolder) {
        self.credentials = credentials
        self.folder = folder
    }

    /// The last token, where it is still good.
    ///
    /// - Parameter now: The device's clock. One that is wrong costs a token too many, or a 401.
    func known(now: Int) -> String? { token.flatMap { $0.expires > now ? $0.token : nil } }

    /// - Parameter device: An id that the device had before; `nil` for the one that it has.
    func next(for device: String? = nil) -> Next {
        switch credentials {
        case .none: .none
        case .appKey(let key): .exchange(key: key, message: DeviceTokenRequest(device: device ?? folder.deviceID()))
        case .token(let provider): .provider(provider)
        }
    }

    mutating func keep(_ token: DeviceToken, of device: String?) {
        self.token = token
        self.device = device
    }

    mutating func forget() {
        token = nil
        device = nil
    }

    /// Forgets a token that names another device than the one whose id is stored: what is shared must be the stored one's, who can
    /// have it deleted.
    mutating func forgetOthers() {
        if let device, device != folder.keptDeviceID() { forget() }
    }
}
