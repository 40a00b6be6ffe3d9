import Foundation

/// Lets one process at a time into a folder, for the milliseconds of one operation.
///
/// The lock is held during an operation only: the system ends an app that sleeps with a lock on a shared folder.
struct FolderLock: Sendable {
    private let path: String
    private static let tries = 50
    private static let pause: UInt32 = 2_000  // microseconds

    /// Another process has the lock. It says nothing of what lies in the folder.
    struct Busy: LocalizedError {
        let path: String
        var errorDescription: String? { "\(path) has been locked by another process for too long" }
    }

    /// Creates a lock that is a file in a folder.
    init(folder: URL) { path = folder.appendingPathComponent("lock").path }

    /// Runs an operation while no other process runs one.
    ///
    /// - Throws: ``Busy`` where the lock cannot be had within a tenth of a second, ``ClientError/storage(reason:)`` where there is none,
    ///   or the operation's error.
    func locked<Value>(_ operation: () throws -> Value) throws -> Value {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ClientError.system(path) }
        defer { close(file) }  // and with it the lock
        var tries = 1
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            guard tries < Self.tries else {
                throw Busy(path: path)
            }
            tries += 1
            usleep(Self.pause)
        }
        return try operation()
    }
}
