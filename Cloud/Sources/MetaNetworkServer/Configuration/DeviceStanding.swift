/// What shows that a device is the one that it says it is.
public enum DeviceStanding: String, Sendable, Codable, Comparable, CaseIterable {
    /// Nothing but the app's key, as of apps of release 0.1.
    case claimed
    /// The key that the device's id was made of.
    case key
    /// That, and what the platform says of app and key.
    case attested

    private var rank: Int {
        switch self {
        case .claimed: 0
        case .key: 1
        case .attested: 2
        }
    }

    /// Whether less is shown.
    public static func < (left: DeviceStanding, right: DeviceStanding) -> Bool { left.rank < right.rank }
}

/// Asks the maker of a platform, or what it has signed, whether an app is the operator's own on a device that is one.
public protocol DeviceAttester: Sendable {
    /// Checks an attestation.
    ///
    /// - Parameters:
    ///   - attestation: What the device sent.
    ///   - message: What it was made over, which names device, challenge and counter.
    ///   - key: The device's public key, 32 bytes.
    /// - Throws: Where it is another app's, another key's, or none: what is thrown says why.
    func check(_ attestation: [UInt8], over message: [UInt8], of key: [UInt8]) async throws
}
