import Foundation

extension ModelFolder {
    private static let guardLimit = 4_096

    private var guardFile: URL { root.appendingPathComponent("guard") }

    /// How personal weights fared so far; `nil` where nothing is kept of a version.
    ///
    /// - Throws: ``ClientError/storage(reason:)`` where it is damaged: it is set aside then, and the guard begins anew.
    func qualityGuard(of version: String) throws -> QualityGuard? {
        do {
            let data = try SealedFile.read(guardFile, limit: Self.guardLimit)
            let kept = try data.map { try JSONDecoder().decode(QualityGuard.self, from: $0) }
            return kept?.version == version ? kept : nil
        } catch {
            setAside(guardFile)
            throw ClientError.storage(reason: "the record of how personal weights fared is damaged; it begins anew")
        }
    }

    /// Stores how personal weights fared; after every choice, so that it does not wait for the disk.
    func keep(_ qualityGuard: QualityGuard) throws {
        let contents = try JSONEncoder().encode(qualityGuard)
        try lock.locked { try SealedFile.write(contents, to: guardFile, by: PrivateFile.writeSoon) }
    }
}
