import Foundation

/// What is known of users beside their interactions, as numbers: RecBole's `.user`, or CSV or TSV with a header.
///
/// A column of tokens has a number for each value that a user has, 1 for the user's own, and one for a value that is not known. A column
/// of floats has the value, brought to mean 0 and standard deviation 1 over the users, and a number that is 1 where it is not known. A
/// value is not known where it is empty, where the file lacks the user, and where no user had it when the profiles were read.
public struct UserProfiles: Sendable, Equatable {
    /// The columns that are read, in the order of their numbers.
    public let columns: [String]
    /// Columns that nobody named and that are left out, as each of their values is of few users, such as a postcode.
    public let leftOut: [String]
    /// The profile of each user, all as long.
    public let rows: [[Float]]
    private let encodings: [Encoding]

    /// Most values of a column of tokens that is read without being named.
    public static let mostTokens = 100

    /// How a column becomes numbers.
    private enum Encoding: Sendable, Equatable {
        /// The place of each token, from 1; that of others is 0.
        case tokens([String: Int])
        case floats(mean: Double, deviation: Double)

        var width: Int {
            switch self {
            case .tokens(let places): 1 + places.count
            case .floats: 2
            }
        }

        func numbers(of text: String?) -> [Float] {
            var numbers = [Float](repeating: 0, count: width)
            switch self {
            case .tokens(let places): numbers[text.flatMap { places[$0] } ?? 0] = 1
            case .floats(let mean, let deviation):
                if let value = text.flatMap(Double.init) {
                    numbers[0] = Float((value - mean) / deviation)
                } else {
                    numbers[1] = 1
                }
            }
            return numbers
        }
    }

    /// Numbers of a profile.
    public var width: Int { encodings.reduce(0) { $0 + $1.width } }

    /// Reads a file of profiles.
    ///
    /// - Parameters:
    ///   - url: The file; a column of ids is found by its usual names. RecBole's types are heeded; a column without one is of floats where
    ///     all of its values are numbers. Of a user who is there twice the last line counts.
    ///   - names: The columns to read; empty for all but those of more than ``mostTokens`` tokens.
    ///   - users: Raw ids of the users whose profiles are wanted.
    /// - Throws: ``DataError`` where the file or a column is missing, a column of floats holds something else, or no user is in the file.
    public init(_ url: URL, columns names: [String] = [], of users: Vocabulary) throws {
        let table = try ProfileTable(url)
        let known = try table.lines(of: users)
        var (columns, leftOut, places, encodings): ([String], [String], [Int], [Encoding]) = ([], [], [], [])
        for (place, column) in try table.columns(names) {
            let values = known.compactMap { line in line.flatMap { $0[place].isEmpty ? nil : $0[place] } }
            let encoding = try Self.encoding(column, values, url)
            if names.isEmpty, case .tokens(let tokens) = encoding, tokens.count > Self.mostTokens {
                leftOut.append(column.name)
                continue
            }
            columns.append(column.name)
            places.append(place)
            encodings.append(encoding)
        }
        guard !columns.isEmpty else {
            throw DataError("\(url.path) has no column with profiles; it needs one beside the ids")
        }
        (self.columns, self.leftOut, self.encodings) = (columns, leftOut, encodings)
        rows = known.map { line in
            zip(places, encodings).flatMap { place, encoding in encoding.numbers(of: line?[place]) }
        }
    }

    private static func encoding(
        _ column: ProfileTable.Column,
        _ values: [String],
        _ url: URL
    ) throws(DataError) -> Encoding {
        let numbers = values.map { Double($0).flatMap { $0.isFinite ? $0 : nil } }
        if column.kind == .floats, let place = numbers.firstIndex(of: nil) {
            throw DataError(
                "\(url.path): the column '\(column.name)' is of floats and holds '\(values[place])'; leave the value empty where it is not "
                    + "known, or make it a column of tokens"
            )
        }
        guard column.kind == .floats || column.kind == nil && !values.isEmpty && !numbers.contains(nil) else {
            let tokens = Set(values).sorted().enumerated().map { ($1, $0 + 1) }
            return .tokens(Dictionary(uniqueKeysWithValues: tokens))
        }
        let known = numbers.compactMap(\.self)
        let mean = known.reduce(0, +) / Double(max(1, known.count))
        let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, known.count))
        return .floats(mean: mean, deviation: variance > 0 ? variance.squareRoot() : 1)
    }

    /// The profile of a user who is not among ``rows``.
    ///
    /// - Parameter values: The value of each column by its name; one that is missing is not known.
    public func profile(_ values: [String: String]) -> [Float] {
        zip(columns, encodings).flatMap { column, encoding in encoding.numbers(of: values[column]) }
    }
}
