import Foundation

/// What the service knows of this installation, so that it can be told to forget it.
extension ModelFolder {
    /// Maximum number of ids that wait for their samples to be deleted; who forgets more often offline loses the oldest.
    private static let forgottenLimit = 32

    /// Notes that samples are about to be shared.
    func noteSharing() throws {
        if !FileManager.default.fileExists(atPath: shared.path) { try Data().write(to: shared) }
    }

    /// Ids of this installation whose shared samples the service still has to delete.
    func forgottenDevices() -> [String] {
        guard let data = try? SealedFile.read(forgotten, limit: 64 * Self.forgottenLimit) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { UUID(uuidString: $0) != nil }
    }

    /// Replaces the ids whose samples are still to be deleted.
    func write(forgotten ids: [String]) throws {
        if ids.isEmpty { return try FileManager.default.removeItem(at: forgotten) }
        try SealedFile.write(Data(ids.suffix(Self.forgottenLimit).joined(separator: "\n").utf8), to: forgotten)
    }
}
