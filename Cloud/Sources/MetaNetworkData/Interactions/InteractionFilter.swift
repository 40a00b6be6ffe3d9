/// Which of the interactions that are read count, how much, and what of them is kept.
public struct InteractionFilter: Sendable, Equatable {
    /// The least rating, or number of times, that counts; `nil` counts all.
    public var leastRating: Double?
    /// What users did that counts, such as `buy`; empty counts all.
    public var events: [String]
    /// How much each counts in training; `nil` where all count alike.
    public var weights: InteractionWeights?
    /// Whether what users did is kept, for a model that reads it.
    public var keepsEvents: Bool
    /// Whether files that do not say what users did are read all the same, with empty events.
    public var mayLackEvents = false

    /// Creates a filter.
    public init(
        leastRating: Double? = nil,
        events: [String] = [],
        weights: InteractionWeights? = nil,
        keepsEvents: Bool = false
    ) {
        (self.leastRating, self.events, self.weights) = (leastRating, events, weights)
        self.keepsEvents = keepsEvents
    }

    /// Refuses a format without the columns that the filter reads.
    func check(_ format: InteractionFormat, _ file: String) throws(DataError) {
        let columns = format.names.map { " (\(ColumnNames($0).list))" } ?? ""
        if leastRating != nil || weights == .rating, format.places.rating == nil {
            let purpose = leastRating == nil ? "weigh by" : "compare"
            throw DataError(
                "\(file): there is no column of ratings\(columns) to \(purpose); name it with --rating-column"
            )
        }
        let hasEventWeights = if case .events = weights { true } else { false }
        if !events.isEmpty || hasEventWeights || keepsEvents && !mayLackEvents, format.places.event == nil {
            let purpose = !events.isEmpty ? "choose by" : hasEventWeights ? "weigh by" : "read as context"
            throw DataError(
                "\(file): there is no column of events\(columns) to \(purpose); name it with --event-column"
            )
        }
    }

    /// The filter in words.
    var text: String {
        [
            leastRating.map { "a rating of \($0) or more" },
            events.isEmpty ? nil : "an event \(events.joined(separator: " or "))",
        ]
        .compactMap(\.self).joined(separator: " and ")
    }
}
