import Foundation

/// What the service knows of this installation, so that it can be told to forget it.
extension ModelFolder {
    /// Maximum number of ids that wait for their samples to be deleted; who forgets more often offline loses the oldest.
    private static let forgottenLimit = 1_024

    private var devices: [URL] { ["device", "device.copy"].map { root.appendingPathComponent($0) } }

    /// The id of this installation, made of a new key on first use; that of an app of release 0.1 was random, and stays.
    func deviceID() -> String {
        if let kept = keptDeviceID() { return kept }
        // An id that cannot be kept serves until the app ends; nothing is shared under it.
        return (try? lock.locked { try storedDeviceID() }) ?? UUID().uuidString
    }

    /// The id that is stored; `nil` where there is none, or both copies are damaged.
    func keptDeviceID() -> String? { devices.lazy.compactMap { id(in: $0) }.first }

    private func id(in file: URL) -> String? {
        let kept = try? SealedFile.read(file, limit: 64).map { String(decoding: $0, as: UTF8.self) }
        return kept.flatMap { UUID(uuidString: $0) == nil ? nil : $0 }
    }

    /// The id, in both its copies; made where there is none. The lock is held.
    private func storedDeviceID() throws -> String {
        let stored = try keptDeviceID() ?? storeNewKey()
        try storeDevice(stored)
        return stored
    }

    /// Stores an id in both copies. The lock is held.
    func storeDevice(_ device: String) throws {
        for file in devices where id(in: file) != device { try SealedFile.write(Data(device.utf8), to: file) }
    }

    /// Notes that samples are about to be shared, and under which id: without it nobody could have them deleted.
    func noteSharing() throws {
        try lock.locked {
            _ = try storedDeviceID()
            if !FileManager.default.fileExists(atPath: shared.path) { try PrivateFile.write(Data(), to: shared) }
        }
    }

    /// Ids of this installation whose shared samples the service still has to delete.
    func forgottenDevices() -> [String] { ids(in: forgotten) }

    /// Ids that this installation had before the one that it has, under which it shared samples.
    func formerDevices() -> [String] { ids(in: former) }

    private func ids(in file: URL) -> [String] {
        guard let data = try? SealedFile.read(file, limit: 64 * Self.forgottenLimit) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { UUID(uuidString: $0) != nil }
    }

    /// Replaces the ids whose samples are still to be deleted.
    func write(forgotten ids: [String]) throws {
        if ids.isEmpty { return try FileManager.default.removeItem(at: forgotten) }
        try write(ids, to: forgotten)
    }

    /// Replaces the ids that the installation had before.
    func write(former ids: [String]) throws { try write(ids, to: former) }

    private func write(_ ids: [String], to file: URL) throws {
        try SealedFile.write(Data(ids.suffix(Self.forgottenLimit).joined(separator: "\n").utf8), to: file)
    }
}
