/// What a run that splits discriminators over the devices of clients needs beside ``FederatedPlan``: see ``SplitRun``.
public struct SplitPlan: Codable, Sendable, Equatable {
    /// What networks are made of.
    public var kind = Kind.dense
    /// Clients that images are dealt to.
    public var clients = 5
    /// Devices of each client.
    public var devices = 3
    /// Parameters that each device has room for, device by device and client by client, from the first again where there are more devices;
    /// empty where every device has room for all.
    public var capacities: [Int] = []
    /// How parts are placed.
    public var placing = Placing.greedy
    /// Images that the generator makes for a step.
    public var fakes = 64
    /// Channels of part A, that other sizes follow from: see ``ImageNetworks``.
    public var channels = 16
    /// Share of values that parts leave out while they learn.
    public var dropout = 0.3
    /// Whether clients' parts are averaged after each round.
    public var averages = true
    /// Whether each client has its discriminator whole, on the fastest of its devices, whatever there is room for.
    public var isUnsplit = false
    /// The client that learns alone, from 1; 0 for all.
    public var alone = 0
    /// Whether a twin without splits learns beside, to say how far gradients differ.
    public var hasTwin = false
    /// Megabits per second between a client's devices; 0 for no time.
    public var between = 0.0

    /// Creates a plan of defaults.
    public init() {}

    /// What networks are made of.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case dense, convolutional
    }

    /// How parts are placed on the devices of a client.
    public enum Placing: String, Codable, Sendable, CaseIterable {
        /// The fastest of all placements that there are.
        case optimal
        /// Part by part where a step takes least by computing and bytes, then moved as long as that helps.
        case greedy
        /// On the fastest device as long as it has room, then on the next.
        case bySpeed = "by-speed"
        /// Any placement for which there is room, by lot.
        case random
        /// Each part on a device of its own, the first on the fastest.
        case onePartEach = "one-part-each"
    }
}
