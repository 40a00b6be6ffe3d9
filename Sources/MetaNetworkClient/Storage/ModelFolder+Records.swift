import Foundation

/// What a model has learned of its user beside weights, each in a small file: how personal weights fared, and how often it asked.
extension ModelFolder {
    private static let recordLimit = 4_096

    private var guardFile: URL { root.appendingPathComponent("guard") }
    private var askingFile: URL { root.appendingPathComponent("asking") }

    /// How personal weights fared so far; `nil` where nothing is kept of a version.
    ///
    /// - Throws: ``ClientError/storage(reason:)`` where it is damaged: it is set aside then, and the guard begins anew.
    func qualityGuard(of version: String) throws -> QualityGuard? {
        let kept = try record(QualityGuard.self, in: guardFile, "how personal weights fared")
        return kept?.version == version ? kept : nil
    }

    /// How often a policy was due; `nil` where nothing is kept of a version.
    ///
    /// - Throws: ``ClientError/storage(reason:)`` where it is damaged: it is set aside then, and begins anew.
    func askingRecord(of version: String) throws -> AskingRecord? {
        let kept = try record(AskingRecord.self, in: askingFile, "how often new weights were asked for")
        return kept?.version == version ? kept : nil
    }

    /// Stores how personal weights fared; after every choice, so that it does not wait for the disk.
    func keep(_ qualityGuard: QualityGuard) throws { try keep(qualityGuard, in: guardFile) }

    /// Stores how often a policy was due; after every sample, so that it does not wait for the disk.
    func keep(_ record: AskingRecord) throws { try keep(record, in: askingFile) }

    private func record<Record: Decodable>(_ type: Record.Type, in file: URL, _ what: String) throws -> Record? {
        do {
            let data = try SealedFile.read(file, limit: Self.recordLimit)
            return try data.map { try JSONDecoder().decode(Record.self, from: $0) }
        } catch {
            setAside(file)
            throw ClientError.storage(reason: "the record of \(what) is damaged; it begins anew")
        }
    }

    private func keep(_ record: some Encodable, in file: URL) throws {
        let contents = try JSONEncoder().encode(record)
        try lock.locked { try SealedFile.write(contents, to: file, by: PrivateFile.writeSoon) }
    }
}
