import MetaNetworkClient
import MetaNetworkServer

/// The publisher of what this process publishes for devices of its own, which pin the key.
enum OwnPublisher {
    private static let key = PublisherKey()

    /// Vouches for a day, longer than any simulation.
    static let signing = ReleaseSigning.by(key, seconds: 86_400)

    /// What the devices pin.
    static var pinned: PinnedKey {
        get throws { try PinnedKey(id: key.id, base64: key.publicKey) }
    }
}
