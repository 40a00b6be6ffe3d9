/// The numbers of Fed-TREND.
public struct TrendPlan: Codable, Sendable, Equatable {
    /// How a device's way is read.
    public var trajectory = Reading.rounds
    /// Which windows are made.
    public var parts = Parts.both
    /// How they are made, or what stands in for them.
    public var synthesis = Synthesis.matched
    /// Windows of a set.
    public var count = 20
    /// Rounds from one synthesis to the next.
    public var every = 10
    /// Steps of a synthesis.
    public var steps = 300
    /// What an entry moves in a step of synthesis, about.
    public var rate = 0.05
    /// Size of the step that windows are matched by, at first.
    public var innerRate = 1.0

    /// Creates a plan of defaults.
    public init() {}

    /// How a device's way is read.
    public enum Reading: String, Codable, Sendable, CaseIterable {
        /// From what it had learned when windows were last made to what it has now; weights count that went the same way as in the
        /// interval before.
        case rounds
        /// From the model that it was sent in the last round to what it made of it.
        case round
    }

    /// Which windows are made.
    public enum Parts: String, Codable, Sendable, CaseIterable {
        /// Of the devices' ways, for devices to learn from beside their own.
        case clients
        /// Of the models' way, for the coordinator to refine the model with.
        case global
        /// The two.
        case both
    }

    /// How windows are made, or what stands in for them.
    public enum Synthesis: String, Codable, Sendable, CaseIterable {
        /// So that a step on them goes as the trajectories do.
        case matched
        /// The control: noise that nobody moves.
        case noise
        /// The control: matched, then each window with what follows another.
        case shuffled
        /// The control: in place of global windows an exponential average of the models.
        case average
    }

    var usesClients: Bool { parts != .global }
    var usesGlobal: Bool { parts != .clients }

    /// Checks what settings cannot.
    func check() throws(FederatedError) {
        guard synthesis != .average || parts == .global else {
            throw FederatedError(
                "the control 'average' stands in for the windows of the models' way, and there are others; use it with --synthetic global"
            )
        }
    }
}
