/// Which of the interactions that are read count.
public struct InteractionFilter: Sendable, Equatable {
    /// The least rating, or number of times, that counts; `nil` counts all.
    public var leastRating: Double?
    /// What users did that counts, such as `buy`; empty counts all.
    public var events: [String]

    /// Creates a filter.
    public init(leastRating: Double? = nil, events: [String] = []) {
        (self.leastRating, self.events) = (leastRating, events)
    }

    /// Refuses a format without the columns that the filter reads.
    func check(_ format: InteractionFormat, _ file: String) throws(DataError) {
        let columns = format.names.map { " (\(ColumnNames($0).list))" } ?? ""
        if leastRating != nil, format.places.rating == nil {
            throw DataError("\(file): there is no column of ratings\(columns) to compare; name it with --rating-column")
        }
        if !events.isEmpty, format.places.event == nil {
            throw DataError("\(file): there is no column of events\(columns) to choose by; name it with --event-column")
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
