import MetaNetworkWire

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
        /// The app's key must be exchanged; where the device has a key of its own, for a token that only it gets.
        case exchange(key: String, message: DeviceTokenRequest, own: DeviceKey?)

        /// Whom the token will name, where that is known.
        var device: String? {
            if case .exchange(_, let message, _) = self { message.device } else { nil }
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
        case .appKey(let key): exchange(key, of: device ?? folder.deviceID())
        case .token(let provider): .provider(provider)
        }
    }

    private func exchange(_ key: String, of device: String) -> Next {
        let own = folder.deviceKey()
        // An id of before has no key any more.
        return .exchange(key: key, message: DeviceTokenRequest(device: device), own: own?.device == device ? own : nil)
    }

    /// Counts a proof.
    ///
    /// - Parameter now: The device's clock.
    func nextProof(now: Int) throws -> Int { try folder.nextProof(now: now) }

    /// Has the next token prove the device's key, where it has none after giving it an id with one.
    ///
    /// - Parameter used: The token that was given without a proof.
    /// - Returns: Whether another token may do better.
    mutating func proveDevice(insteadOf used: String) -> Bool {
        guard case .appKey = credentials else { return false }
        // Another request has done it meanwhile.
        guard token?.token == used else { return true }
        if folder.deviceKey() == nil {
            guard let device, (try? folder.replaceDevice(device)) != nil, folder.keptDeviceID() != device else {
                return false
            }
        }
        forget()
        return true
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
