import Foundation
import MetaNetworkWire

/// What publishers said of the versions on the disk.
extension ModelFolder {
    /// Longest header with a statement, in bytes; one has some 400.
    private static let statementBytes = 1 << 12

    private var newest: URL { root.appendingPathComponent("release") }

    private func place(ofRelease digest: String) -> URL {
        bases.appendingPathComponent(digest).appendingPathComponent("release")
    }

    /// The statement of a base as its header has it, which is checked by its signature; `nil` where there is none.
    func release(ofBase digest: String) -> String? {
        let data = try? BoundedFile.read(place(ofRelease: digest), limit: Self.statementBytes)
        return data.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The newest statement that was taken: older ones are refused. `nil` before the first.
    ///
    /// - Throws: ``ClientError/storage(reason:)`` where it is damaged; it is set aside.
    func knownRelease() throws -> ReleaseStatement? {
        do {
            guard let data = try SealedFile.read(newest, limit: Self.statementBytes) else { return nil }
            let release = try JSONDecoder().decode(ReleaseStatement.self, from: data)
            // As a header has them: others would not fit into what is computed with them.
            let numbers = [release.counter, release.issued, release.expires]
            guard numbers.allSatisfy((0...ReleaseStatement.counterLimit).contains) else {
                throw ClientError.storage(reason: "numbers out of range")
            }
            return release
        } catch {
            setAside(newest)
            throw ClientError.storage(reason: "the note of the publisher's last statement is damaged")
        }
    }

    /// Removes the note of a statement that counts no more.
    func dropKnownRelease() { try? FileManager.default.removeItem(at: newest) }

    /// Keeps a statement of a base. Where the base is none on the disk, but one in the app, only that it was taken.
    func keep(_ release: ReleaseStatement, ofBase digest: String) throws {
        try lock.locked { try write(release, ofBase: digest) }
    }

    /// The same while the lock is held.
    func write(_ release: ReleaseStatement, ofBase digest: String) throws {
        let place = place(ofRelease: digest)
        if FileManager.default.fileExists(atPath: place.deletingLastPathComponent().path) {
            try PrivateFile.write(Data(release.headerValue.utf8), to: place)
        }
        // Of two processes the slower one may come with the older statement.
        if let known = try? knownRelease(), known.counter >= release.counter { return }
        try SealedFile.write(try JSONEncoder().encode(release), to: newest)
    }
}
