import Foundation

/// The number that the file system gives a file, which no other file in its place has while this one is open.
struct FileNumber: Equatable {
    private let device: UInt64
    private let node: UInt64

    /// - Returns: `nil` where there is no regular file.
    init?(ofPath path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, let number = Self(status) else { return nil }
        self = number
    }

    /// - Returns: `nil` where the descriptor is no regular file's.
    init?(ofDescriptor descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, let number = Self(status) else { return nil }
        self = number
    }

    private init?(_ status: stat) {
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        node = UInt64(truncatingIfNeeded: status.st_ino)
    }

    /// Bytes of a regular file; `nil` where there is none.
    static func size(atPath path: String) -> Int? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(exactly: status.st_size)
    }
}
