/// What a device does in its turn: some epochs of SGD on its own examples.
public struct LocalWork: Codable, Sendable, Equatable {
    /// Passes over the device's examples.
    public var epochs: Int
    /// Examples of a step.
    public var batch: Int
    /// Step size.
    public var rate: Double
    /// How strongly parameters are drawn back to those that it started from: FedProx's μ.
    public var pull: Double
    /// Whether the gradient at the parameters that it started from is wanted, too.
    public var wantsGradient: Bool

    /// Creates the work of a device.
    public init(epochs: Int, batch: Int, rate: Double, pull: Double = 0, wantsGradient: Bool = false) {
        (self.epochs, self.batch, self.rate) = (epochs, batch, rate)
        (self.pull, self.wantsGradient) = (pull, wantsGradient)
    }

    /// Steps that it takes with so many examples.
    public func steps(examples: Int) -> Int { epochs * ((examples + batch - 1) / batch) }

    /// The rows of each step: every epoch all of them, in an order of its own.
    ///
    /// - Parameters:
    ///   - rows: The device's examples.
    ///   - random: Their order: ``order(seed:device:turn:)``.
    public func batches(of rows: [Int32], random: inout SeededGenerator) -> [[Int32]] {
        (0..<epochs).flatMap { _ in
            let order = rows.shuffled(using: &random)
            return stride(from: 0, to: order.count, by: batch).map { Array(order[$0..<min(order.count, $0 + batch)]) }
        }
    }

    /// The source of the order in which a device takes its examples.
    ///
    /// - Parameters:
    ///   - seed: The run's.
    ///   - device: Number of the device.
    ///   - turn: Number of the round, or of the device's turn where it applies by itself.
    public static func order(seed: UInt64, device: Int, turn: Int) -> SeededGenerator {
        SeededGenerator(seed: seed, streams: [1008] + [device, turn].map { UInt64(bitPattern: Int64($0)) })
    }
}

extension LocalWork {
    /// Reads the members of a JSON object.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.members()
        epochs = try members.decode(Int.self, forKey: "epochs")
        batch = try members.decode(Int.self, forKey: "batch")
        rate = try members.decode(Double.self, forKey: "rate")
        pull = try members.decode(Double.self, forKey: "pull")
        wantsGradient = try members.decode(Bool.self, forKey: "wantsGradient")
    }

    /// Writes the members of a JSON object.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.members()
        try members.encode(epochs, forKey: "epochs")
        try members.encode(batch, forKey: "batch")
        try members.encode(rate, forKey: "rate")
        try members.encode(pull, forKey: "pull")
        try members.encode(wantsGradient, forKey: "wantsGradient")
    }
}
