import Crypto
import Dispatch
import Foundation

/// Prepared interactions that are read a part at a time, so that memory does not grow with the log. A part is a file of histories.
///
/// One process of Python's reads all parts, and ends with the last copy of this.
///
/// Users are numbered from 0 in each part, and called by their numbers in `users.parquet`; items are numbered as they were prepared, and all are there.
package struct PreparedParts: Sendable {
    /// Raw ids of the items, in order of their indices.
    package let itemNames: Vocabulary
    /// How each user is split.
    package let split: InteractionSplit
    private let data: PreparedData
    private let files: [String]
    private let reader = PreparedReader()

    /// - Parameters:
    ///   - data: What was prepared.
    ///   - split: Which interactions of a user are held out.
    /// - Throws: ``DataError`` where the items cannot be read.
    /// - Precondition: The split does not depend on other users.
    package init(_ data: PreparedData, split: InteractionSplit) throws(DataError) {
        precondition(split.isByUser, "the split \(split.rawValue) needs all users at once")
        (self.data, self.split) = (data, split)
        itemNames = try data.itemNames(by: reader)
        files = PreparedManifest.files(of: PreparedManifest.historiesFolder, among: data.manifest.files)
    }

    /// Number of parts.
    package var count: Int { files.count }

    /// SHA-256 of what is read of the data, and how, in hexadecimal.
    ///
    /// It is another one than that of the same data in memory, which are visited in another order.
    package var digest: String {
        var hash = SHA256()
        hash.update(data: Data("parts \(split.rawValue)\n".utf8))
        let items = PreparedManifest.files(of: PreparedManifest.itemsFile, among: data.manifest.files)
        for name in items + files {
            guard let file = data.manifest.files[name] else { preconditionFailure("the names are the manifest's") }
            hash.update(data: Data("\(name) \(file.sha256)\n".utf8))
        }
        return hash.finalize().hexadecimal
    }

    /// Reads a part.
    ///
    /// Memory: 4 bytes an interaction and some 100 a user.
    ///
    /// - Parameter number: Its number, from 0.
    /// - Throws: ``DataError`` where its file is another than was prepared, or does not fit the items.
    package func part(_ number: Int) throws -> InteractionDataset { try read(number).dataset }

    /// A part, with all users and interactions that its file has.
    private func read(_ number: Int) throws -> (dataset: InteractionDataset, users: Int, interactions: Int) {
        try data.manifest.check(files[number], in: data.folder)
        data.noteUse()
        let file = data.folder.appendingPathComponent(files[number])
        let (users, items) = try reader.read(.choices, file) { (pieces) throws(DataError) in
            var (users, items) = ([(name: String, count: Int)](), [Int32]())
            while let count = try pieces.rows() {
                let (ids, lengths) = (try pieces.integers(count), try pieces.integers(count))
                for (id, length) in zip(ids, lengths) { users.append(("number \(id)", Int(length))) }
                items += try pieces.integers(pieces.length())
            }
            return (users, items)
        }
        for item in items where item < 1 || item > itemNames.count { throw data.unfitting("item \(item)") }
        guard users.reduce(0, { $0 + $1.count }) == items.count, users.allSatisfy({ $0.count >= 0 }) else {
            throw data.unfitting("\(files[number]) with histories of other lengths")
        }
        let dataset = InteractionDataset(users, items, itemNames: itemNames, split: split)
        return (dataset, users.count, items.count)
    }

    /// Visits all parts in order of their numbers; the next one is read meanwhile.
    ///
    /// - Throws: As ``part(_:)``, and what `body` throws; ``DataError`` where all parts have not what the manifest says.
    package func forEach(_ body: (Int, InteractionDataset) throws -> Void) throws {
        let reader = ReadAhead(on: DispatchQueue(label: "metanetwork.parts")) { [self] in try read($0) }
        var (users, interactions) = (0, 0)
        for number in 0..<count {
            let part = try reader.value(number, before: number + 1 < count ? number + 1 : nil)
            users += part.users
            interactions += part.interactions
            try body(number, part.dataset)
        }
        let manifest = data.manifest
        guard users == manifest.users, interactions == manifest.interactions else {
            throw data.unfitting(
                "its \(count) parts have \(interactions) interactions of \(users) users in place of \(manifest.interactions) of \(manifest.users)"
            )
        }
    }
}

extension InteractionSplit {
    /// Whether what is held out of a user depends on that user's own interactions alone.
    package var isByUser: Bool {
        switch self {
        case .lastTenth, .leaveOneOut: true
        case .globalTime, .asGiven: false
        }
    }
}

extension InteractionDataset {
    /// Histories whose items are numbered already, one after the other; those that are too short to be split are dropped, and none else.
    ///
    /// - Parameters:
    ///   - users: Raw id of each user, and the number of its interactions.
    ///   - all: Items of all of them from 1, each user's oldest first.
    ///   - itemNames: Raw ids of the items.
    ///   - split: A split ``InteractionSplit/isByUser``.
    package init(
        _ users: [(name: String, count: Int)],
        _ all: [Int32],
        itemNames: Vocabulary,
        split: InteractionSplit
    ) {
        var items: [Int32] = []
        items.reserveCapacity(all.count)
        var (offsets, trainingEnds, validationEnds) = ([0], [Int](), [Int]())
        var (names, first) = (Vocabulary(), 0)
        for user in users {
            defer { first += user.count }
            guard user.count >= Self.shortestUser else { continue }
            guard let ends = split.ends(of: user.count) else { preconditionFailure("a user's own split") }
            let start = items.count
            items += all[first..<first + user.count]
            trainingEnds.append(start + ends.training)
            validationEnds.append(start + ends.validation)
            offsets.append(items.count)
            names.append(user.name)
        }
        (self.offsets, self.items) = (offsets, items)
        (self.trainingEnds, self.validationEnds) = (trainingEnds, validationEnds)
        (self.itemNames, userNames, self.split) = (itemNames, names, split)
        (weights, moments) = (nil, nil)
        droppedUsers = users.count - trainingEnds.count
    }
}
