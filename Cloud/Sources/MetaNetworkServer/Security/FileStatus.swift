// Where the members of `stat` are declared depends on which module the compiler read first.
#if canImport(CoreFoundation)
import CoreFoundation
#endif
#if canImport(Glibc)
import Glibc
#endif
import Foundation

/// What the system says of a file.
struct FileStatus: Equatable {
    /// Whether it is a file, and no folder or pipe.
    let isRegular: Bool
    /// Who may use it, as `chmod` writes it.
    let rights: Int
    /// Whether it is this process's user's.
    let isOwn: Bool
    /// What differs once the file was written or replaced.
    let stamp: [Int]

    /// The status of an open file; `nil` where the system gives none, `errno` says why.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The status of the file at a path; `nil` where there is none.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        isRegular = status.st_mode & S_IFMT == S_IFREG
        rights = Int(status.st_mode & 0o777)
        isOwn = status.st_uid == geteuid()
        #if canImport(Darwin)
        let times = [status.st_mtimespec, status.st_ctimespec]
        #else
        let times = [status.st_mtim, status.st_ctim]
        #endif
        stamp =
            [Int(truncatingIfNeeded: status.st_ino), Int(status.st_size)] + times.flatMap { [$0.tv_sec, $0.tv_nsec] }
    }
}
