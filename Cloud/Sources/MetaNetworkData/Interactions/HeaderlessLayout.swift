import Foundation

/// The columns of public data sets whose files have no header, known by what the first line holds.
struct HeaderlessLayout: Sendable {
    /// What a column holds.
    enum Kind: Sendable {
        /// Anything but nothing.
        case id
        /// Anything.
        case any
        /// A small number, such as a rating.
        case number
        /// A number with a point.
        case decimal
        /// A date in words or digits.
        case date
        /// A date, or a number of seconds or their fractions since 1970.
        case instant
        /// An item of Amazon: ten characters, the first of them `B0`, or an ISBN.
        case asin
        /// A reviewer of Amazon.
        case reviewer
        /// One of some words.
        case word([String])
    }

    let name: String
    let separators: [InteractionFormat.Separator]
    let kinds: [Kind]
    let places: InteractionFormat.Places

    private static let tab = InteractionFormat.Separator.plain(UInt8(ascii: "\t"))
    private static let comma = InteractionFormat.Separator.byte(UInt8(ascii: ","))
    private static let usual = [tab, .doubleColon, comma]

    /// The more particular before the more general.
    static let all: [HeaderlessLayout] = [
        .init(
            name: "Foursquare's check-ins",
            separators: [tab],
            kinds: [.id, .id, .any, .any, .decimal, .decimal, .number, .date],
            places: .init(user: 0, item: 1, time: 7)
        ),
        .init(
            name: "Last.fm's listening events",
            separators: [tab],
            kinds: [.id, .date, .any, .id, .any, .any],
            places: .init(user: 0, item: 3, time: 1)
        ),
        .init(
            name: "Gowalla's and Brightkite's check-ins",
            separators: [tab],
            kinds: [.id, .date, .decimal, .decimal, .id],
            places: .init(user: 0, item: 4, time: 1)
        ),
        .init(
            name: "YooChoose's clicks",
            separators: [comma],
            kinds: [.id, .date, .id, .any],
            places: .init(user: 0, item: 2, time: 1)
        ),
        .init(
            name: "YooChoose's purchases",
            separators: [comma],
            kinds: [.id, .date, .id, .any, .number],
            places: .init(user: 0, item: 2, time: 1)
        ),
        .init(
            name: "Taobao's UserBehavior",
            separators: [comma],
            kinds: [.id, .id, .id, .word(["pv", "buy", "cart", "fav"]), .instant],
            places: .init(user: 0, item: 1, time: 4, event: 3)
        ),
        .init(
            name: "Amazon's ratings, the item first",
            separators: [comma],
            kinds: [.asin, .reviewer, .number, .instant],
            places: .init(user: 1, item: 0, time: 3, rating: 2)
        ),
        .init(
            name: "user, item, rating, time (u.data, ratings.dat)",
            separators: usual,
            kinds: [.id, .id, .number, .instant],
            places: .init(user: 0, item: 1, time: 3, rating: 2)
        ),
        .init(
            name: "user, item, time",
            separators: usual,
            kinds: [.id, .id, .instant],
            places: .init(user: 0, item: 1, time: 2)
        ),
        .init(
            name: "user, item, rating",
            separators: usual,
            kinds: [.id, .id, .number],
            places: .init(user: 0, item: 1, rating: 2)
        ),
    ]

    /// The format of a file by its first line; `nil` where none fits.
    static func format(of line: UnsafeBufferPointer<UInt8>) -> InteractionFormat? {
        for layout in all {
            for separator in layout.separators where layout.fits(line, separator) {
                return InteractionFormat(
                    name: layout.name,
                    separator: separator,
                    columns: layout.kinds.count,
                    places: layout.places,
                    names: nil,
                    hasHeader: false
                )
            }
        }
        return nil
    }

    private func fits(_ line: UnsafeBufferPointer<UInt8>, _ separator: InteractionFormat.Separator) -> Bool {
        var splitter = LineSplitter(separator)
        return splitter.withColumns(of: line) { columns in
            columns.count == kinds.count && zip(kinds, columns).allSatisfy { $0.accepts($1) }
        } ?? false
    }
}

extension HeaderlessLayout.Kind {
    func accepts(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        switch self {
        case .id: return !text.isEmpty
        case .any: return true
        case .number: return Double(text).map { abs($0) <= 1_000 } ?? false
        case .decimal: return text.contains(".") && Double(text) != nil
        case .date: return Double(text) == nil && InteractionTime.seconds(bytes) != nil
        // Smaller numbers are ratings, counts and ids; 1e8 is in 1973.
        case .instant: return InteractionTime.seconds(bytes).map { Double(text) == nil || $0 >= 1e8 } ?? false
        case .asin:
            let isISBN = text.count == 10 && text.dropLast().allSatisfy(\.isWholeNumber)
            return isISBN || text.count == 10 && text.hasPrefix("B0")
        case .reviewer:
            return text.hasPrefix("A") && text.count >= 10 && text.allSatisfy { $0.isWholeNumber || $0.isUppercase }
        case .word(let words): return words.contains(text)
        }
    }
}
