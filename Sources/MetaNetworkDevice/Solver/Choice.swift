/// What a user chose, and what it is compared with: an example of a ranking.
public struct Choice: Sendable, Equatable {
    /// Indices of the samples before it, oldest first; read as by ``DeviceModel/score(history:candidates:into:)``.
    public var history: [Int]
    /// Index of the item that was chosen.
    public var item: Int
    /// Indices of items that were not; empty for the whole catalogue.
    public var others: [Int]
    /// What the model read beside the history when the item was chosen, as for ``DeviceModel/useContext(_:)``; `nil` for the model's own
    /// context.
    public var context: [Float]?

    /// Creates an example.
    public init(history: [Int], item: Int, others: [Int] = []) {
        (self.history, self.item, self.others) = (history, item, others)
    }

    /// The choices of a user: each of the last samples, with the samples before it.
    ///
    /// - Parameters:
    ///   - samples: Indices, oldest first.
    ///   - limit: Maximum number of choices. The oldest sample is none: nothing came before it.
    ///   - window: Number of samples before each that are read, the model's `ModelGraph.window`.
    public static func latest(of samples: [Int], limit: Int, window: Int) -> [Choice] {
        let first = max(1, samples.count - max(0, limit))
        guard first < samples.count else { return [] }
        return (first..<samples.count).map { place in
            Choice(history: Array(samples[max(0, place - max(1, window))..<place]), item: samples[place])
        }
    }
}
