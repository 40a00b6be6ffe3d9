import Foundation

extension ServerConfiguration {
    /// Whether requests need a token.
    public enum Authentication: Sendable {
        /// No request needs one; on loopback only.
        case none
        /// Devices send tokens, which apps get for their key.
        case tokens(Tokens)

        /// Tokens for app keys, signed with a secret, both of which the caller holds.
        public static func tokens(appKeys: [String], secret: [UInt8]) -> Authentication {
            .tokens(Tokens(appKeys: .these(appKeys), secrets: .these([secret])))
        }
    }

    /// Whether versions must be signed by a publisher: wherever tokens are asked for, for devices could be anybody's.
    var needsSignedModels: Bool {
        switch authentication {
        case .none: false
        case .tokens: true
        }
    }

    /// Who gets tokens and what signs them.
    public struct Tokens: Sendable {
        /// The keys that apps send.
        public var appKeys: AppKeySource
        /// What signs the tokens.
        public var secrets: TokenSecretSource
        /// Devices that are refused, an id a line; read again when it changes.
        public var denyFile: URL?
        /// What a device must have shown to be answered; what it shared it can have deleted without.
        public var leastStanding = DeviceStanding.claimed
        /// Checks what platforms say of devices; `nil` believes none of it.
        public var attester: (any DeviceAttester)?

        /// Creates settings.
        public init(appKeys: AppKeySource, secrets: TokenSecretSource, denyFile: URL? = nil) {
            self.appKeys = appKeys
            self.secrets = secrets
            self.denyFile = denyFile
        }
    }

    /// Where the app keys stand. Spaces around a key do not count, nor does one that stands there twice.
    public enum AppKeySource: Sendable {
        /// Here, until the service ends; 16 characters or more each.
        case these([String])
        /// In a file that only its owner may read, one a line; read again when it changes.
        case file(URL)
    }

    /// What signs the tokens: the first secret; all verify.
    public enum TokenSecretSource: Sendable {
        /// These, 32 bytes or more each.
        case these([[UInt8]])
        /// Files that only their owner may read. The newline at the end of one does not count.
        case files([URL])
        /// A secret of this process: its tokens are good neither at another replica nor after a restart.
        case ofThisProcess
    }
}
