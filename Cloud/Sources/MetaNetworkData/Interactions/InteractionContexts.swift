import Crypto
import Foundation
import MetaNetwork

/// What a model that ranks items reads beside history and candidate: of each user, and of the moment of each interaction.
public struct InteractionContexts: Sendable, Equatable {
    /// All inputs of the model, in its order.
    public let inputs: [ModelGraph.NamedInput]
    /// What is known of each user; `nil` where the model reads nothing of them.
    public let users: UserContexts?
    /// What is known of each moment; `nil` where the model reads nothing of them.
    public let events: EventContexts?

    /// Joins what is known.
    ///
    /// - Parameters:
    ///   - inputs: The model's inputs, each of which one of the others reads.
    ///   - users: What is known of each user.
    ///   - events: What is known of each moment.
    public init(_ inputs: [ModelGraph.NamedInput], users: UserContexts? = nil, events: EventContexts? = nil) {
        (self.inputs, self.users, self.events) = (inputs, users, events)
    }

    /// The row of ``inputs`` at a position.
    ///
    /// - Parameters:
    ///   - user: Index of the user.
    ///   - position: Index into ``InteractionDataset/items`` of the user's interaction that is to be foreseen.
    public func row(of user: Int, at position: Int) -> [Float] {
        var row = users?.row(of: user) ?? [Float](repeating: .nan, count: inputs.reduce(0) { $0 + $1.shape.count })
        events?.write(position, into: &row)
        return row
    }

    /// The rows of several positions.
    ///
    /// - Parameters:
    ///   - users: Index of the user of each.
    ///   - positions: Index into ``InteractionDataset/items`` of each.
    public func rows(
        of users: some Sequence<some BinaryInteger>,
        at positions: some Sequence<Int>
    ) -> [[Float]] {
        zip(users, positions).map { row(of: Int($0), at: $1) }
    }

    /// The same rows as they are learned from: in a share of them what is known of the moment is left out, so that a model has learned what
    /// to do where nobody says it.
    ///
    /// - Parameters:
    ///   - users: Index of the user of each.
    ///   - positions: As for ``rows(of:at:)``.
    ///   - random: What is left out; nothing is drawn where the model reads nothing of moments.
    package func learnedRows(
        of users: some Sequence<some BinaryInteger>,
        at positions: some Sequence<Int>,
        _ random: inout SeededGenerator
    ) -> [[Float]] {
        var rows = rows(of: users, at: positions)
        guard let events else { return rows }
        for place in rows.indices { events.leaveOut(of: &rows[place], &random) }
        return rows
    }

    /// What a device that learns by itself knows of the moment of an earlier choice: when it was, and not what was done before it.
    ///
    /// - Parameters:
    ///   - user: Index of the user.
    ///   - position: As for ``row(of:at:)``.
    package func rowOnDevice(of user: Int, at position: Int) -> [Float] {
        var row = row(of: user, at: position)
        events?.leaveOutEvents(of: &row)
        return row
    }

    /// What an app would say at a position, by name of the input; what is missing is not there.
    ///
    /// - Parameters:
    ///   - user: Index of the user.
    ///   - position: As for ``row(of:at:)``.
    /// - Returns: The values of a vector, or the token.
    public func values(of user: Int, at position: Int) -> [(name: String, values: [Float], token: String?)] {
        let row = row(of: user, at: position)
        return inputs.compactMap { input in
            let values = Array(row[input.range])
            guard !values[0].isNaN else { return nil }
            guard let tokens = input.tokens else { return (input.name, values, nil) }
            let number = Int(values[0])
            return number > 0 ? (input.name, values, tokens[number - 1]) : nil
        }
    }

    /// Adds all of it to a digest.
    func update(_ hash: inout SHA256, userCount: Int) {
        hash.update(data: Data("\(inputs)".utf8))
        if let users {
            for user in 0..<userCount { users.row(of: user).withUnsafeBytes { hash.update(bufferPointer: $0) } }
        }
        events?.forEachColumn { column in column.withUnsafeBytes { hash.update(bufferPointer: $0) } }
    }
}
