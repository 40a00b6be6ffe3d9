import Foundation

/// What a script is asked through: it finds each request at its standard input, which ends when this goes, or its process does.
///
/// A pair of sockets: to write to a pipe that nobody reads any more would end this process.
final class RequestChannel {
    /// The script's end, for whoever starts it.
    let input: FileHandle
    private let own: Int32

    /// - Throws: ``DataError`` where the system has no more of them.
    init() throws(DataError) {
        // Another program that is started meanwhile would hold the script's input open.
        #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        #else
        let kind = SOCK_STREAM
        #endif
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw DataError(
                "python3 cannot be asked: \(String(cString: strerror(errno))); end other programs, or raise the limit of open files (ulimit -n)"
            )
        }
        #if !canImport(Glibc)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #endif
        #if canImport(Darwin)
        var isOn: Int32 = 1
        setsockopt(ends[0], SOL_SOCKET, SO_NOSIGPIPE, &isOn, socklen_t(MemoryLayout<Int32>.size))
        #endif
        own = ends[0]
        input = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    }

    deinit { close(own) }

    /// Leaves the script's end to the script that was started with it: its death is seen from then on.
    func handOver() { try? input.close() }

    /// Asks; a script that has ended reads nothing, and answers nothing.
    func write(_ request: Data) {
        #if canImport(Darwin)
        let flags: Int32 = 0
        #else
        let flags = Int32(MSG_NOSIGNAL)
        #endif
        request.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = send(own, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, flags)
                guard count >= 0 || errno == EINTR else { return }
                sent += max(0, count)
            }
        }
    }
}
