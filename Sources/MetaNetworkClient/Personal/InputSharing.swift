import MetaNetworkWire

extension PersonalModel {
    /// Which inputs of a model over vectors are shared: of each batch those that the model is least sure of (U-VPA, arXiv 2212.00972).
    public struct InputSharing: Sendable, Equatable {
        /// Share of the inputs of a batch that leave the device, from 0 to 1.
        public let share: Double
        /// Number of inputs that are compared with each other, from 1 to 1,000.
        public let batch: Int

        /// Creates a value; one out of bounds counts as the nearest within them.
        ///
        /// - Parameters:
        ///   - share: Share of the inputs; where it is above 0, one of each batch leaves at least.
        ///   - batch: Number of inputs.
        public init(share: Double = 0.2, batch: Int = 40) {
            (self.share, self.batch) = (Budget.clamped(share), min(max(batch, 1), 1_000))
        }

        /// Inputs of a batch that leave the device.
        var count: Int { share > 0 ? max(1, Int((share * Double(batch)).rounded())) : 0 }
    }
}

/// The inputs of a batch that the model is least sure of, before the batch is full. The others are not kept.
struct InputBatch: Sendable {
    private let sharing: PersonalModel.InputSharing
    private var recorded = 0
    /// In the order in which they were recorded.
    private var chosen: [SampleEvents.Event] = []
    /// Whether it was said that there are inputs that cannot be shared.
    var hasToldOfUnfit = false

    init(_ sharing: PersonalModel.InputSharing) { self.sharing = sharing }

    /// Adds an input; of equally unsure ones the first count.
    ///
    /// - Returns: The inputs to share, where the batch is full now; a new one begins then.
    mutating func add(_ input: SampleEvents.Event) -> [SampleEvents.Event] {
        recorded += 1
        chosen.append(input)
        if chosen.count > sharing.count { removeSurest() }
        guard recorded >= sharing.batch else { return [] }
        defer { removeAll() }
        return chosen
    }

    private mutating func removeSurest() {
        var surest = chosen.startIndex
        for index in chosen.indices where doubt(index) <= doubt(surest) { surest = index }
        chosen.remove(at: surest)
    }

    private func doubt(_ index: Int) -> Float { chosen[index].uncertainty ?? 0 }

    /// Begins anew.
    mutating func removeAll() { (recorded, chosen) = (0, []) }
}
