import MetaNetworkServer

/// The publisher of what this process publishes for devices of its own.
enum OwnPublisher {
    private static let key = PublisherKey()

    /// Vouches for a day, longer than any simulation.
    static let signing = ReleaseSigning.by(key, seconds: 86_400)
}
