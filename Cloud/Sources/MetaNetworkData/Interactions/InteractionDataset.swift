import Crypto
import Foundation

/// Interactions ready for training: k-core filtered, one user after the other, each user's in order of time and split.
public struct InteractionDataset: Sendable {
    /// Where user `u`'s interactions begin in ``items``; one more entry than users.
    public let offsets: [Int]
    /// Item ids from 1 (0 is padding) of all interactions.
    public let items: [Int32]
    /// End of each user's training part, as an index into ``items``.
    public let trainingEnds: [Int]
    /// End of each user's validation part, as an index into ``items``.
    public let validationEnds: [Int]
    /// How much each of ``items`` counts in training, 1 in the mean of those that are learned; `nil` where all count alike.
    public let weights: [Float]?
    /// Raw ids of the items; the item with id `i` has index `i - 1`.
    public let itemNames: Vocabulary
    /// Raw ids of the users.
    public let userNames: Vocabulary
    /// How the users' interactions were split.
    public let split: InteractionSplit
    /// When each of ``items`` was chosen, and what its user did; `nil` where that was not kept. 12 bytes an interaction.
    public let moments: InteractionMoments?
    /// What models read beside history and candidate; `nil` where nothing is known.
    public private(set) var contexts: InteractionContexts?
    /// Users dropped because they have too few interactions to be split.
    public let droppedUsers: Int

    /// Number of users.
    public var userCount: Int { offsets.count - 1 }
    /// Number of items; ids run from 1 to this.
    public var itemCount: Int { itemNames.count }

    /// Fewest interactions of a user that can be split in three parts.
    static let shortestUser = 3

    /// Fewest interactions of a user and of an item that are kept unless told otherwise.
    public static let defaultKCore = 5

    /// Filters, sorts and splits a log.
    ///
    /// - Parameters:
    ///   - log: The interactions as read.
    ///   - kCore: Fewest interactions of a user and of an item that are kept.
    ///   - wanted: Which interactions are held out; `nil` for ``InteractionSplit/asGiven`` where the log has parts, else
    ///     ``InteractionSplit/lastTenth``.
    ///   - vocabulary: Raw ids of the items of a model in order of their ids; other items are left out. `nil` numbers
    ///     the items as they appear.
    ///   - keepsMoments: Whether times and what users did are kept, for ``EventContexts``.
    /// - Throws: ``DataError`` where nothing, one user, or too few items are left, where times that the split needs are not
    ///   there or hold nothing out, or where all that is to be learned has weight 0.
    public init(
        _ log: InteractionLog,
        kCore: Int = defaultKCore,
        split wanted: InteractionSplit? = nil,
        itemNames vocabulary: Vocabulary? = nil,
        keepsMoments: Bool = false
    ) throws(DataError) {
        guard kCore >= 1 else {
            throw DataError("k-core is \(kCore); use 1 (keep all) or more")
        }
        let split = wanted ?? .usual(for: log)
        guard split != .asGiven || !log.parts.isEmpty else {
            throw DataError(
                "the interactions are not split; give a folder with a file each of training, validation and test, or use another --split"
            )
        }
        guard split != .globalTime || !log.times.isEmpty else {
            throw DataError(
                "the interactions have no times, so no instant can split them; name a column of times (--time-column), or use "
                    + "another --split"
            )
        }
        var newId = [Int32](repeating: 0, count: log.items.count)
        if let vocabulary {
            for item in newId.indices {
                guard let index = vocabulary.index(of: log.items[item]) else { continue }
                newId[item] = Int32(index + 1)
            }
        }
        let isKnown = vocabulary == nil ? nil : log.itemIndices.map { newId[Int($0)] > 0 }
        let core = log.kCore(kCore, among: isKnown)
        let order = log.order(core.isKept, byPart: split == .asGiven)
        var items: [Int32] = []
        items.reserveCapacity(core.interactions)
        var weights: [Float] = []
        var moments = InteractionMoments(eventNames: log.eventNames)
        var (offsets, trainingEnds, validationEnds, dropped) = ([0], [Int](), [Int](), 0)
        var (itemNames, userNames) = (vocabulary ?? Vocabulary(), Vocabulary())
        let instants = split == .globalTime && !order.isEmpty ? SplitInstants(order.map { log.times[$0] }) : nil
        var first = 0
        while first < order.count {
            let user = log.userIndices[order[first]]
            var last = first
            while last < order.count, log.userIndices[order[last]] == user { last += 1 }
            let count = last - first
            if count < (split == .asGiven ? 1 : Self.shortestUser) {
                dropped += 1
            } else {
                for index in order[first..<last] {
                    let item = Int(log.itemIndices[index])
                    if newId[item] == 0 { newId[item] = Int32(itemNames.append(log.items[item]) + 1) }
                    items.append(newId[item])
                    if !log.weights.isEmpty { weights.append(log.weights[index]) }
                    if keepsMoments { moments.append(index, of: log) }
                }
                let given = split == .asGiven ? Self.ends(order[first..<last].map { log.parts[$0] }) : nil
                guard
                    let ends = split.ends(of: count) ?? given
                        ?? instants?.ends(order[first..<last].map { log.times[$0] })
                else {
                    preconditionFailure("a split by time has its instants")
                }
                trainingEnds.append(offsets[offsets.count - 1] + ends.training)
                validationEnds.append(offsets[offsets.count - 1] + ends.validation)
                offsets.append(items.count)
                userNames.append(log.users[Int(user)])
            }
            first = last
        }
        self.offsets = offsets
        self.items = items
        self.trainingEnds = trainingEnds
        self.validationEnds = validationEnds
        self.itemNames = itemNames
        self.userNames = userNames
        self.split = split
        self.weights = log.weights.isEmpty ? nil : try Self.scaled(weights, offsets, trainingEnds)
        self.moments = keepsMoments ? moments : nil
        droppedUsers = dropped
        try checkSize(log, kCore)
        try checkParts()
    }

    /// Weights whose mean over the training part, but for each user's first interaction, is 1.
    private static func scaled(
        _ weights: [Float],
        _ offsets: [Int],
        _ trainingEnds: [Int]
    ) throws(DataError) -> [Float] {
        var (sum, count) = (0.0, 0)
        for (first, end) in zip(offsets, trainingEnds) where end > first {
            for place in first + 1..<end { sum += Double(weights[place]) }
            count += end - first - 1
        }
        // Without any, the check of the parts says so.
        guard count > 0 else { return weights }
        guard sum > 0 else {
            throw DataError(
                "every interaction of the training part has weight 0; give some that are to be learned another"
            )
        }
        return weights.map { Float(Double($0) * Double(count) / sum) }
    }

    /// The same interactions with what is known beside them.
    ///
    /// - Parameter contexts: Of these users and interactions.
    public func with(_ contexts: InteractionContexts) -> InteractionDataset {
        var dataset = self
        dataset.contexts = contexts
        return dataset
    }

    /// Where the parts of a user end, given that of each interaction in their order.
    private static func ends(_ parts: [Part]) -> InteractionSplit.Ends {
        InteractionSplit.Ends(training: parts.count { $0 == .training }, validation: parts.count { $0 != .test })
    }

    private func checkSize(_ log: InteractionLog, _ kCore: Int) throws(DataError) {
        guard userCount >= 2 else {
            let core = kCore > 1 ? " after dropping users and items with fewer than \(kCore) (--k-core)" : ""
            throw DataError(
                "\(userCount) of \(log.users.count) user(s) have the \(Self.shortestUser) interactions that the split "
                    + "into training, validation and test needs\(core); at least 2 are needed: give more data"
                    + (kCore > 1 ? " or a smaller --k-core" : "")
            )
        }
    }

    /// A split by time may hold nothing out that can be ranked; the others always do.
    private func checkParts() throws(DataError) {
        for part in [Part.validation, .test] where positions(part).positions.isEmpty {
            throw DataError(
                "the split \(split.rawValue) leaves no \(part.rawValue) interaction of a user who has training ones; give data of a "
                    + "longer time, or use another --split"
            )
        }
    }

    /// Interactions of a part that have at least one before them, as indices into ``items``, and their users; of users without
    /// a training interaction none.
    public func positions(_ part: Part) -> (positions: [Int], users: [Int32]) {
        var positions: [Int] = []
        var users: [Int32] = []
        for user in 0..<userCount where trainingEnds[user] > offsets[user] {
            let range =
                switch part {
                case .training: (offsets[user] + 1)..<trainingEnds[user]
                case .validation: trainingEnds[user]..<validationEnds[user]
                case .test: validationEnds[user]..<offsets[user + 1]
                }
            positions += range
            users += repeatElement(Int32(user), count: range.count)
        }
        return (positions, users)
    }

    /// SHA-256 of the sequences and their parts, and of ``contexts``, in hexadecimal: two data sets with one digest train and measure the same.
    public var digest: String {
        var hash = SHA256()
        hash.update(data: Data(split.rawValue.utf8))
        for ends in [trainingEnds, validationEnds] { ends.withUnsafeBytes { hash.update(bufferPointer: $0) } }
        offsets.withUnsafeBytes { hash.update(bufferPointer: $0) }
        items.withUnsafeBytes { hash.update(bufferPointer: $0) }
        weights?.withUnsafeBytes { hash.update(bufferPointer: $0) }
        contexts?.update(&hash, userCount: userCount)
        return hash.finalize().hexadecimal
    }

    /// ``digest``, and of the moments what a model reads of them: two data sets with one digest are the same to it.
    ///
    /// - Parameter contexts: What the model reads; the moments are kept.
    public func digest(reading contexts: [EventContext]) -> String {
        guard !contexts.isEmpty else { return digest }
        var hash = SHA256()
        hash.update(data: Data((digest + contexts.map(\.rawValue).joined(separator: ",")).utf8))
        moments?.update(&hash, contexts)
        return hash.finalize().hexadecimal
    }
}
