/// How the records of an interaction file are laid out, and which of their columns are read.
public struct InteractionFormat: Sendable, Equatable {
    /// How a record is taken apart.
    public enum Separator: Sendable, Equatable {
        /// A tab, a comma or the like, with double quotes around columns that contain it.
        case byte(UInt8)
        /// The same without quotes: a double quote is a character.
        case plain(UInt8)
        /// Two colons.
        case doubleColon
        /// Any number of spaces and tabs.
        case spaces
        /// The values of some keys of a JSON object.
        case keys([String])

        /// What is between quoted columns; `nil` where there are no quotes.
        var quoted: UInt8? { if case .byte(let separator) = self { separator } else { nil } }
    }

    /// What the format is called: `CSV with a header`, `MovieLens' u.data`.
    public let name: String
    /// How a record is taken apart.
    public let separator: Separator
    /// Number of columns of every record.
    public let columns: Int
    /// The columns that are read.
    public internal(set) var places: Places
    /// Names of the columns where the first line, or the first object, has them.
    public let names: [String]?
    /// Whether the first line names the columns.
    public let hasHeader: Bool

    /// Places of columns, from 0.
    public struct Places: Sendable, Equatable {
        /// The user's id.
        public var user: Int
        /// The item's id.
        public var item: Int
        /// The time; `nil` where the lines are in order of time.
        public var time: Int?
        /// How much the user liked the item, or how often the item was taken.
        public var rating: Int?
        /// What the user did: looked at, bought.
        public var event: Int?
    }

    /// One "user item" pair a line, in order of time.
    static let userItemLines = InteractionFormat(
        name: "\"user item\" lines",
        separator: .spaces,
        columns: 2,
        places: Places(user: 0, item: 1),
        names: nil,
        hasHeader: false
    )

    /// The names of the columns that hold something; `nil` tries the usual names. In a file without a header they are numbers from 1.
    public struct ColumnMapping: Sendable, Equatable {
        /// Name of the user's column.
        public var user: String?
        /// Name of the item's column.
        public var item: String?
        /// Name of the time's column; ``noTime`` where there is none to be read.
        public var time: String?
        /// Name of the rating's column.
        public var rating: String?
        /// Name of the column with what the user did.
        public var event: String?

        /// Whether a file without the column ``event`` is read all the same.
        var mayLackEvent = false

        /// Stands for no column of times: the lines are in order.
        public static let noTime = "none"

        /// Creates a mapping.
        public init(
            user: String? = nil,
            item: String? = nil,
            time: String? = nil,
            rating: String? = nil,
            event: String? = nil
        ) {
            (self.user, self.item, self.time, self.rating, self.event) = (user, item, time, rating, event)
        }

        var isEmpty: Bool {
            [user, item, time == Self.noTime ? nil : time, rating, event].allSatisfy { $0 == nil }
        }
    }

    /// What a column is called in messages: its name, or its number.
    func label(_ place: Int) -> String { names?[place] ?? "\(place + 1)" }
}
