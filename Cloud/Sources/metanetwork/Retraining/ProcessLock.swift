import Foundation
import MetaNetworkData

/// Lets one process at a time work on something. The lock goes with the process, however it ends.
struct ProcessLock {
    private let descriptor: Int32

    /// Another process has the lock.
    struct Busy: Error {}

    /// - Parameter url: The file that is locked; it is made, and stays.
    /// - Throws: ``Busy``, or `FileError` where the file cannot be locked.
    init(_ url: URL) throws {
        func failure() -> FileError {
            FileError(path: url.path, action: "lock", reason: String(cString: strerror(errno)))
        }
        descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure() }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EINTR else {
                let error: any Error = errno == EWOULDBLOCK ? Busy() : failure()
                close(descriptor)
                throw error
            }
        }
    }

    /// Gives the lock back.
    func release() { close(descriptor) }
}
