import Foundation

/// Lets one process at a time change what a registry's folder says of a model.
struct ModelLock {
    let folder: URL

    /// Runs an operation while no other process runs one on the same model. The lock goes with the process, however it ends.
    ///
    /// - Parameters:
    ///   - isWaiting: Whether to wait for the lock.
    ///   - operation: What to do.
    /// - Throws: ``RegistryError`` where the folder cannot be locked, ``RegistryBusy`` without waiting, or what the operation throws.
    func locked<Result>(waiting isWaiting: Bool = true, _ operation: () throws -> Result) throws -> Result {
        let path = folder.appendingPathComponent(".releases.lock").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw RegistryError("\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        // Closing it gives the lock back.
        defer { close(descriptor) }
        while flock(descriptor, isWaiting ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { throw RegistryBusy() }
            guard errno == EINTR else {
                throw RegistryError("\(path) cannot be locked: \(String(cString: strerror(errno)))")
            }
        }
        return try operation()
    }
}
