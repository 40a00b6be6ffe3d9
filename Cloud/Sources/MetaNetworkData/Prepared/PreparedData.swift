import Foundation

/// Interactions that `metanetwork data prepare`, or the same query elsewhere, has grouped by user: `--data prepared:FOLDER`.
package struct PreparedData: Sendable {
    /// Where it is.
    package let folder: URL
    /// What the folder holds.
    package let manifest: PreparedManifest
    /// Called whenever a part is read, which may be days after the folder was opened.
    package var noteUse: @Sendable () -> Void = {}

    /// The place that a name of data means, a folder or an address, where it means one.
    package static func place(_ name: String) -> String? {
        name.hasPrefix("prepared:") ? String(name.dropFirst("prepared:".count)) : nil
    }

    /// Opens a folder and holds its files against their digests.
    ///
    /// - Throws: ``DataError`` where they are others than were prepared.
    package init(_ folder: URL) throws { (self.folder, manifest) = (folder, try PreparedManifest(of: folder)) }

    /// Reads the interactions. The log is as of the file that they were prepared of, without what ``PreparedManifest/leastEvents`` left out, except
    /// for the order of its items: what is made of it, with a k-core of at least as many, is the same.
    ///
    /// Memory: 16 bytes an interaction and the distinct ids, and one piece.
    ///
    /// - Parameter progress: Receives the bytes that came, and how many there will be.
    /// - Throws: ``DataError`` where the files do not fit each other, or pyarrow is missing.
    package func log(progress: (Int, Int) -> Void = { _, _ in }) throws -> InteractionLog {
        var log = InteractionLog()
        let reader = PreparedReader()
        log.items = try itemNames(by: reader)
        log.users = try names(.users, PreparedManifest.usersFile, nil, by: reader)
        for file in files(PreparedManifest.historiesFolder) {
            try reader.read(.histories, file) { (pieces) throws(DataError) in
                while let count = try pieces.rows() {
                    try append(pieces, count, to: &log)
                    // An item and a time of each.
                    progress(12 * log.count, 12 * manifest.interactions)
                }
            }
        }
        guard log.count == manifest.interactions, log.times.allSatisfy(\.isFinite) else {
            throw DataError(
                "\(folder.path) has \(log.count) interactions, its manifest says \(manifest.interactions), each with a time; prepare it again"
            )
        }
        return log
    }

    /// Appends a piece of histories.
    private func append(_ pieces: PreparedPieces, _ count: Int, to log: inout InteractionLog) throws(DataError) {
        let (users, lengths) = (try pieces.integers(count), try pieces.integers(count))
        let length = try pieces.length()
        let items = try pieces.integers(length)
        log.times += try pieces.doubles(length)
        for item in items where item < 1 || item > log.items.count { throw unfitting("item \(item)") }
        log.itemIndices += items.map { $0 - 1 }
        for (user, length) in zip(users, lengths) {
            guard user >= 1, user <= log.users.count else { throw unfitting("user \(user)") }
            log.userIndices += repeatElement(user - 1, count: Int(length))
        }
    }

    /// Raw ids of the items, in order of their indices.
    func itemNames(by reader: PreparedReader) throws(DataError) -> Vocabulary {
        try names(.items, PreparedManifest.itemsFile, manifest.items, by: reader)
    }

    private func names(
        _ kind: PreparedPieces.Kind,
        _ file: String,
        _ expected: Int?,
        by reader: PreparedReader
    ) throws(DataError) -> Vocabulary {
        var names = Vocabulary()
        for file in files(file) {
            try reader.read(kind, file) { (pieces) throws(DataError) in try append(pieces, kind, to: &names) }
        }
        if let expected, expected != names.count {
            throw unfitting("\(names.count) \(kind.rawValue) in place of \(expected)")
        }
        return names
    }

    /// Appends the names of a file.
    private func append(
        _ pieces: PreparedPieces,
        _ kind: PreparedPieces.Kind,
        to names: inout Vocabulary
    ) throws(DataError) {
        while let count = try pieces.rows() {
            let (ids, lengths) = (try pieces.integers(count), try pieces.integers(count))
            let texts = try pieces.whole(pieces.length())
            var start = texts.startIndex
            for (id, length) in zip(ids, lengths) {
                let end = start + Int(length)
                guard end <= texts.endIndex, names.append(String(decoding: texts[start..<end], as: UTF8.self)) + 1 == id
                else { throw unfitting("\(kind.rawValue): \(id) is not the id of row \(names.count)") }
                start = end
            }
        }
    }

    private func files(_ name: String) -> [URL] {
        PreparedManifest.files(of: name, among: manifest.files).map { folder.appendingPathComponent($0) }
    }

    /// What to say of files that do not fit each other.
    func unfitting(_ what: String) -> DataError {
        DataError("\(folder.path): \(what), which does not fit its names and manifest; prepare the data again")
    }
}
