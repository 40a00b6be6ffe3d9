extension SampleEvents.Event {
    /// How a chosen item had been ranked: by which version and weights, and at which place.
    public struct Ranking: Codable, Sendable, Equatable {
        /// The version of the model that ranked.
        public var version: String
        /// Which of its weights.
        public var weights: Weights
        /// The item's place in the whole catalogue, from 1; `nil` where the version does not know the item.
        public var rank: Int?

        /// Creates a ranking.
        public init(version: String, weights: Weights, rank: Int?) {
            (self.version, self.weights, self.rank) = (version, weights, rank)
        }
    }
}

extension SampleEvents.Event.Ranking {
    /// The weights that ranked: a word. One that a reader does not know is taken for ``other``.
    public enum Weights: String, Codable, Sendable, CaseIterable {
        /// The base model's, as there were no personal ones.
        case base
        /// Personal ones.
        case personal
        /// The base model's, as the device's guard held personal ones back.
        case guarded
        /// The base model's, as personal ones were past the age at which they help.
        case retired
        /// Those of a release to come.
        case other

        /// Reads a word.
        public init(from decoder: any Decoder) throws {
            self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .other
        }
    }

    /// Whether the item was among so many that were ranked first.
    public func isHit(within places: Int) -> Bool { rank.map { $0 <= places } ?? false }
}
