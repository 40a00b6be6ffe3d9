import Crypto
import Foundation
import Synchronization

/// Which devices had their events deleted, in a file beside the database: what is restored from an older backup must not bring
/// them back.
///
/// A line is a JSON object. A deletion is on the disk here before the first event is deleted. Devices are written as digests, so
/// that the file does not say who asked.
final class DeletionLog: Sendable {
    /// A deletion.
    struct Entry: Codable, Sendable, Equatable {
        /// Names the deletion; the database knows by it which ones it has carried out.
        let id: String
        /// The digest of the device's id.
        let device: String
        /// When it was asked for, in seconds since 1970.
        let time: Int
    }

    private let file: URL
    /// Held while a line is written.
    private let writing = Mutex(())

    /// The log of a database.
    init(of database: URL) { file = Self.file(of: database) }

    /// Where the log of a database lies.
    static func file(of database: URL) -> URL {
        database.deletingLastPathComponent().appendingPathComponent(database.lastPathComponent + ".deletions")
    }

    /// Seconds by which the clocks of services that share a store may differ.
    private static let clockTolerance = 600

    /// Until which arrival the events of each device are deleted, by its digest. What it shared long after it asked, because its user agreed
    /// again, is none of a deletion that is carried out late.
    static func bounds(of entries: [Entry]) -> [String: Int] {
        entries.reduce(into: [:]) { $0[$1.device] = max($0[$1.device] ?? .min, $1.time + clockTolerance) }
    }

    /// What stands for a device in the log.
    static func digest(of device: String) -> String {
        SHA256.hash(data: Data(device.utf8)).hexadecimalDigits
    }

    /// Reads the deletions, oldest first. A last line that was cut short belongs to a deletion that was never answered, and is
    /// left out.
    ///
    /// - Throws: ``ConfigurationProblem`` where another line is damaged.
    func entries() throws -> [Entry] {
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        let data = try Data(contentsOf: file)
        guard let end = data.lastIndex(of: Self.lineEnd) else { return [] }
        let lines = data[..<end].split(separator: Self.lineEnd, omittingEmptySubsequences: false)
        return try lines.enumerated().map { index, line in
            guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line)) else {
                throw ConfigurationProblem(
                    "\(file.path), line \(index + 1), is no deletion; put the file back from a copy, or remove the line "
                        + "if no older backup will ever be restored"
                )
            }
            return entry
        }
    }

    /// Writes a deletion down.
    ///
    /// - Returns: The deletion, once it is on the disk.
    func append(device: String, time: Int) throws -> Entry {
        let entry = Entry(id: UUID().uuidString, device: Self.digest(of: device), time: time)
        var line = try JSONEncoder().encode(entry)
        line.append(Self.lineEnd)
        try writing.withLock { _ in
            let handle = try openFile()
            defer { try? handle.close() }
            try lock(handle)
            try cutTail(of: handle)
            try handle.seekToEnd()
            try handle.write(contentsOf: line)
            try handle.synchronize()
        }
        return entry
    }

    private static let lineEnd = UInt8(ascii: "\n")

    /// Opens the file, which is its owner's alone; a new one is in its folder for good before this returns.
    private func openFile() throws -> FileHandle {
        let isNew = !FileManager.default.fileExists(atPath: file.path)
        let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ConfigurationProblem("\(file.path) cannot be written: \(String(cString: strerror(errno)))")
        }
        if isNew { DurableFile.syncFolder(file.deletingLastPathComponent()) }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// Waits for its turn: an operator's command may write beside the service. Closing the file gives the lock back.
    private func lock(_ handle: FileHandle) throws {
        while flock(handle.fileDescriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw ConfigurationProblem("\(file.path) cannot be locked: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Removes what a power cut left of a line.
    private func cutTail(of handle: FileHandle) throws {
        let end = try handle.seekToEnd()
        guard end > 0 else { return }
        try handle.seek(toOffset: end - 1)
        if try handle.readToEnd() == Data([Self.lineEnd]) { return }
        try handle.seek(toOffset: 0)
        let kept = try handle.readToEnd()?.lastIndex(of: Self.lineEnd).map { UInt64($0) + 1 }
        try handle.truncate(atOffset: kept ?? 0)
    }
}
