import Foundation
import MetaNetwork

/// What a model that ranks items reads of each user beside history and candidate: a row of ``MetaNetwork/ModelGraph/inputs`` each, in which
/// inputs of another source are missing.
///
/// A token is read from the column of its input's name; the other columns fill the vectors in order. A user who is not in the file has
/// nothing, and an empty cell makes its input a missing one; a token that is none of the input's counts as unknown.
public struct UserContexts: Sendable, Equatable {
    /// Users who are not in the file.
    public let unknownUsers: Int
    private let rows: [[Float]]

    /// Reads a file of profiles.
    ///
    /// - Parameters:
    ///   - url: The file: RecBole's `.user`, or CSV or TSV with a header; a column of ids is found by its usual names.
    ///   - columns: The columns that fill vectors, in this order; those that are a token's do not count. Empty for all others, in order of
    ///     the header.
    ///   - inputs: What the model reads, vectors and tokens.
    ///   - others: Names of those that are read from elsewhere.
    ///   - users: Raw ids of the users.
    /// - Throws: ``DataError`` where the file or a column is missing, columns are too few or too many, a cell is no number, or no user is in
    ///   the file.
    public init(
        _ url: URL,
        columns: [String] = [],
        inputs: [ModelGraph.NamedInput],
        besides others: Set<String> = [],
        of users: Vocabulary
    ) throws {
        let table = try ProfileTable(url)
        let places = try ContextPlaces(table.places, columns, inputs.filter { !others.contains($0.name) }, url)
        let lines = try table.lines(of: users)
        let nothing = [Float](repeating: .nan, count: inputs.reduce(0) { $0 + $1.shape.count })
        unknownUsers = lines.count { $0 == nil }
        rows = try lines.enumerated().map { user, line in
            var row = nothing
            if let line { try places.write(line, users[user], into: &row) }
            return row
        }
    }

    /// The row of a user, by index.
    public func row(of user: Int) -> [Float] { rows[user] }
}

/// Where the values of each input are in the lines of a file.
private struct ContextPlaces {
    /// The columns of each input, by name and place.
    private let columns: [[(name: String, place: Int)]]
    private let inputs: [ModelGraph.NamedInput]
    private let url: URL

    init(
        _ all: [(name: String, place: Int)],
        _ names: [String],
        _ inputs: [ModelGraph.NamedInput],
        _ url: URL
    ) throws(DataError) {
        func named(_ name: String) throws(DataError) -> (name: String, place: Int) {
            guard let column = all.first(where: { $0.name == name }) else {
                throw DataError(
                    "\(url.path) has no column '\(name)'; it has \(all.map(\.name).joined(separator: ", "))"
                )
            }
            return column
        }
        var features = all
        if !names.isEmpty {
            features = []
            for name in names { features.append(try named(name)) }
        }
        let tokens = Set(inputs.filter { $0.tokens != nil }.map(\.name))
        features.removeAll { tokens.contains($0.name) }
        try Self.check(features.map(\.name), inputs)
        var (columns, first) = ([[(name: String, place: Int)]](), 0)
        for input in inputs {
            guard input.tokens == nil else {
                columns.append([try named(input.name)])
                continue
            }
            columns.append(Array(features[first..<first + input.shape.count]))
            first += input.shape.count
        }
        (self.columns, self.inputs, self.url) = (columns, inputs, url)
    }

    /// Checks that there are as many columns as vectors need; where none reads any, who names no column has none read.
    private static func check(_ features: [String], _ inputs: [ModelGraph.NamedInput]) throws(DataError) {
        let vectors = inputs.filter { $0.tokens == nil }
        let needed = vectors.reduce(0) { $0 + $1.shape.count }
        guard features.count != needed, needed > 0 else { return }
        let each = vectors.map { "\($0.shape.count) for '\($0.name)'" }
        throw DataError(
            "the model's inputs need \(needed) columns of profiles (\(each.joined(separator: ", "))), there are \(features.count): "
                + "\(features.prefix(20).joined(separator: ", ")); name those to be read with --profile-columns, in that order"
        )
    }

    /// Writes what a line says into a row of all inputs of the model.
    func write(_ line: [String], _ user: String, into row: inout [Float]) throws(DataError) {
        for (input, columns) in zip(inputs, columns) {
            if let tokens = input.tokens {
                row[input.offset] = Float((tokens.firstIndex(of: line[columns[0].place]) ?? -1) + 1)
                continue
            }
            var values: [Float] = []
            for column in columns where !line[column.place].isEmpty {
                guard let value = Float(line[column.place]), value.isFinite else {
                    throw DataError(
                        "\(url.path): the column '\(column.name)' of the user '\(user)' has '\(line[column.place])', which is no finite number; "
                            + "leave it empty where it is not known, or name other columns with --profile-columns"
                    )
                }
                values.append(value)
            }
            if values.count == columns.count { row.replaceSubrange(input.range, with: values) }
        }
    }
}
