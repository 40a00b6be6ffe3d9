import MetaNetworkWire

/// How a model is made of what devices learn: one file a method.
///
/// The coordinator owns the order of events, the clock, the bytes and what is drawn by lot; a method says whom to wait for and what to make
/// of what has arrived. Methods see updates in the order of devices or of their arrival, never in one that depends on threads.
public protocol FederatedMethod: Sendable {
    /// Name for people.
    var name: String { get }
    /// Who is at work when.
    var order: FederatedOrder { get }
    /// FedProx's μ in the devices' work.
    var pull: Double { get }
    /// Whether devices send their gradient at the model that they were sent, too.
    var needsGradients: Bool { get }
    /// Whether the devices of a round are drawn by how far their gradients point where that of all points: a yardstick that nobody can run, as it
    /// asks every device each time; what that costs is not counted.
    var drawsByGradient: Bool { get }
    /// Whether what a device did that had no time for all of its work counts.
    var keepsPartialWork: Bool { get }
    /// What protects devices from whoever sees the models; `nil` where nothing does. Rounds then ask each device by itself, with the
    /// probability with which as many as the order says are asked on average, and a round to which nobody answers makes a model, too.
    var privacy: DevicePrivacy? { get }

    /// Whether a model goes from place to place; where each learns by itself, or all examples are at one place, no bytes are counted.
    var sendsModels: Bool { get }
    /// Windows that devices of a round are sent with the model, and learn from beside their own; charged by the byte. `nil` for none.
    var handout: SyntheticWindows? { get }
    /// What the method measured of its own work so far, by name.
    var measures: [String: Double] { get }

    /// What the method remembers from one model to the next.
    var memory: [[Float]] { get }
    /// Takes up what ``memory`` was, where a run goes on.
    ///
    /// - Throws: ``FederatedError`` where it is no memory of this method.
    mutating func recall(_ memory: [[Float]]) throws(FederatedError)

    /// How messages are written when so many models have been made.
    func codec(version: Int) -> UpdateCodec?
    /// Whether there is enough for the next model; asked after each arrival of devices that apply by themselves.
    ///
    /// - Parameters:
    ///   - arrived: What has arrived since the last one.
    ///   - version: How many models were made.
    ///   - oldest: The version that the device at work was sent which has been so the longest; `nil` where none is at work.
    func isReady(_ arrived: [Arrival], version: Int, oldest: Int?) -> Bool
    /// Makes the next model.
    ///
    /// - Parameters:
    ///   - arrived: In rounds by device, else by arrival; at least one update where there is no ``privacy``.
    ///   - model: The parameters, which are changed.
    ///   - version: How many models were made before.
    mutating func aggregate(_ arrived: [Arrival], into model: inout [Float], version: Int)
}

extension FederatedMethod {
    /// FedProx's μ.
    public var pull: Double { 0 }
    /// Whether devices send their gradient, too.
    public var needsGradients: Bool { false }
    /// Whether devices are drawn by their gradients.
    public var drawsByGradient: Bool { false }
    /// Whether the work of a device counts that had no time for all of it.
    public var keepsPartialWork: Bool { true }
    /// Models go from place to place.
    public var sendsModels: Bool { true }
    /// Devices learn from their own examples alone.
    public var handout: SyntheticWindows? { nil }
    /// Nothing is measured.
    public var measures: [String: Double] { [:] }
    /// Nothing is remembered.
    public var memory: [[Float]] { [] }
    /// Takes up nothing.
    public mutating func recall(_ memory: [[Float]]) throws(FederatedError) {}
    /// Nothing protects devices.
    public var privacy: DevicePrivacy? { nil }
    /// How messages are written.
    public func codec(version: Int) -> UpdateCodec? { nil }
    /// Whether there is enough for the next model.
    public func isReady(_ arrived: [Arrival], version: Int, oldest: Int?) -> Bool {
        if case .applications(_, let cache) = order { arrived.count >= cache } else { true }
    }
}

/// Who is at work when.
public enum FederatedOrder: Sendable, Equatable {
    /// In rounds: so many devices that are drawn by lot, with privacy on average; all of them are waited for.
    case rounds(devices: Int)
    /// Idle devices apply; so many are at work at once, and a model is made whenever so many updates have arrived.
    case applications(atOnce: Int, cache: Int)
}

/// What a device has sent.
public struct Arrival: Sendable {
    /// The device.
    public let device: Int
    /// Its examples.
    public let examples: Int
    /// How many models had been made when it was sent one.
    public let version: Int
    /// The parameters that it started from.
    public let start: [Float]
    /// What it learned: its parameters less those, as they were read from its message.
    public let update: [Float]
    /// Its gradient there, where it was wanted.
    public let gradient: [Float]?
    /// Mean loss of its steps.
    public let loss: Double

    /// Creates what a device has sent.
    public init(
        device: Int,
        examples: Int,
        version: Int,
        start: [Float],
        update: [Float],
        gradient: [Float]?,
        loss: Double
    ) {
        (self.device, self.examples, self.version) = (device, examples, version)
        (self.start, self.update, self.gradient, self.loss) = (start, update, gradient, loss)
    }
}
