import Foundation

/// A file that only its owner may read or write: a key or a secret.
struct SecretFile: Sendable {
    /// Why a file cannot be used as a secret.
    struct Problem: Error, CustomStringConvertible {
        let description: String
        /// Whether there is no such file; every other problem leaves one alone that may be good.
        let isMissing: Bool
    }

    let path: String

    /// Largest file that is read, in bytes: nobody's secret is larger.
    private static let limit = 1 << 20

    init(_ file: URL) { path = file.path }

    /// Reads the file.
    ///
    /// - Throws: ``Problem`` where it is not there, others than its owner may use it, or it cannot be read.
    func contents() throws(Problem) -> [UInt8] {
        // Without waiting, should it be a pipe.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be read") }
        defer { close(descriptor) }
        // Of the descriptor and not of the path, so that what is checked is what is read.
        guard let status = FileStatus(descriptor: descriptor) else { throw failure("cannot be read") }
        guard status.isRegular else { throw problem("is no file") }
        guard status.rights & 0o077 == 0 else {
            let mode = String(status.rights, radix: 8)
            throw problem("may be used by others than its owner (mode \(mode)); chmod 600 \(path)")
        }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot be read") }
            if count == 0 { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= Self.limit else { throw problem("has more than \(Self.limit) bytes") }
        }
    }

    /// Makes the file, for its owner alone, and returns once it is on the disk.
    ///
    /// - Throws: ``Problem`` where one is there already, which stays as it is, or none can be made.
    func create(_ bytes: [UInt8]) throws(Problem) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let isThere = errno == EEXIST
            throw isThere
                ? problem("is there already and stays as it is; name another file") : failure("cannot be made")
        }
        do throws(Problem) {
            defer { close(descriptor) }
            // The umask may have taken rights of the owner.
            guard fchmod(descriptor, 0o600) == 0 else { throw failure("cannot be made") }
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw failure("cannot be written") }
                rest = rest.dropFirst(count)
            }
            guard fsync(descriptor) == 0 else { throw failure("cannot be written") }
            try syncFolder()
        } catch {
            // Half a key is none.
            unlink(path)
            throw error
        }
    }

    /// Without it the file's name may be lost with the power.
    private func syncFolder() throws(Problem) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be written") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot be written") }
    }

    private func problem(_ text: String) -> Problem { Problem(description: "\(path) \(text)", isMissing: false) }

    /// What the last call of the system said.
    private func failure(_ text: String) -> Problem {
        let code = errno
        return Problem(description: "\(path) \(text): \(String(cString: strerror(code)))", isMissing: code == ENOENT)
    }
}
