import Foundation

/// What has come of a file; takes the bytes of one answer that follow, or the whole file anew.
///
/// It is safe to send: `state`, the only thing that changes, is private. The four members that others call hold `lock` while they touch it,
/// and so do those that they call, which say so; all else is constant and may be sent by itself.
final class PartialFile: TransportSink, @unchecked Sendable {
    /// Bytes that were there before the answer.
    let size: Int
    /// Whether all had come, though nobody has looked at it.
    let isComplete: Bool
    /// What the service called the file whose bytes they are; `nil` where it had no tag by which a part may be asked for.
    let tag: String?
    private let file: BundleFile
    private let bytes: Int
    private let folder: FetchFolder
    private let tell: @Sendable (Int) -> Void
    private let lock = NSLock()
    private var state = State()

    private struct State {
        var handle: FileHandle?
        /// Where in the file the next byte of the answer belongs, and where the last one must end.
        var position = 0
        var end = 0
        /// Bytes of the file before the answer's first byte, and after the last one that was written.
        var before = 0
        var reached = 0
        /// Whether another process has finished the file, or begun it anew, since.
        var isOvertaken = false
        /// Bytes of the file that were told of last.
        var told = -1
    }

    /// - Parameters:
    ///   - bytes: Bytes of the whole file.
    ///   - size: Bytes that are there; `nil` where nothing has come yet.
    ///   - tag: What the service called the file then.
    ///   - tell: Told how many bytes there are: at once, at each hundredth, and at the end.
    init(
        _ file: BundleFile,
        of bytes: Int,
        in folder: FetchFolder,
        size: Int?,
        tag: String?,
        tell: @escaping @Sendable (Int) -> Void
    ) {
        self.file = file
        self.bytes = bytes
        self.folder = folder
        self.size = size ?? 0
        isComplete = size == bytes
        self.tag = tag
        self.tell = tell
    }

    /// Whether the answer has brought the file to its end.
    var isFinished: Bool { lock.withLock { state.handle != nil && state.reached == bytes } }
    /// Whether it has brought bytes that were missing, or another process has: it is worth while to look again.
    var hasChanged: Bool { lock.withLock { state.reached > state.before || state.isOvertaken } }

    /// Where an answer may go on; `nil` where the whole file has to be asked for.
    var resumption: (range: String, tag: String)? {
        guard size > 0, let tag else { return nil }
        return ("bytes=\(size)-", tag)
    }

    /// Takes up what there is where the answer continues it, and begins anew where it is a whole file of another tag.
    func begin(_ head: TransportResponse) throws -> Bool {
        let tag = EntityTag.file(head)
        switch head.status {
        case 200:
            try lock.withLock { try beginWhole(tag) }
            return true
        case 206:
            let range = try checkedRange(head, tag)
            try lock.withLock {
                let handle = try alone {
                    guard folder.tag(of: file) == self.tag else { throw overtaken() }
                    return try opened()
                }
                let (first, end) = (range.lowerBound, range.upperBound)
                state = State(handle: handle, position: first, end: end, before: size, reached: size)
            }
            return true
        default: return false
        }
    }

    private func checkedRange(_ head: TransportResponse, _ tag: String?) throws -> Range<Int> {
        func unusable(_ reason: String) -> ClientError { .unusable(what: "the part of \(file.name)", reason: reason) }
        guard resumption != nil else { throw unusable("the whole file was asked for") }
        guard let header = head.header("Content-Range"), let part = ContentRange(header) else {
            throw unusable("it has no Content-Range of the form bytes FIRST-LAST/SIZE")
        }
        guard part.range.lowerBound == size, part.range.upperBound <= bytes, (part.size ?? bytes) == bytes else {
            throw unusable("it is '\(header.prefix(80))', asked for were the bytes from \(size) of \(bytes)")
        }
        guard tag == nil || tag == self.tag else { throw unusable("it is of another file, by its ETag") }
        return part.range
    }

    /// A whole file of the same tag is the same file: what is there stays, so that nobody who writes it too is disturbed.
    private func beginWhole(_ tag: String?) throws {
        try alone {
            let place = folder.partialPlace(of: file)
            guard !folder.isWhole(file) else { throw overtaken() }
            var before = size
            if tag != folder.tag(of: file) || FileNumber(ofPath: place.path) == nil {
                before = 0
                try folder.remove(file)
                let created = open(place.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
                guard created >= 0 else { throw ClientError.system(place.path) }
                close(created)
                PrivateFile.protect(place, rights: 0o600)
                if let tag { try PrivateFile.write(Data(tag.utf8), to: folder.tagPlace(of: file)) }
            }
            state = State(handle: try opened(), position: 0, end: bytes, before: before, reached: before)
        }
    }

    /// The file to write to. The locks are held.
    private func opened() throws -> FileHandle {
        let path = folder.partialPlace(of: file).path
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw errno == ENOENT ? overtaken() : ClientError.system(path) }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// Runs an operation while no other process is at the folder. Where one is there too long the disk is in order all the same: it
    /// goes on as after a connection that broke. The lock is held.
    private func alone<Value>(_ operation: () throws -> Value) throws -> Value {
        do {
            return try folder.lock.locked(operation)
        } catch let busy as FolderLock.Busy {
            state.isOvertaken = true
            throw ClientError.unreachable(reason: busy.localizedDescription)
        }
    }

    /// Notes that another process was faster. The lock is held.
    private func overtaken() -> ClientError {
        state.isOvertaken = true
        return .unreachable(reason: "another process has begun \(file.name) anew, or finished it")
    }

    /// Writes what is not there yet.
    func take(_ piece: Data) throws {
        let size = try lock.withLock { () -> Int? in
            guard let handle = state.handle, piece.count <= state.end - state.position else {
                throw ClientError.unusable(what: file.name, reason: "more came than the \(bytes) bytes that it has")
            }
            let size = try alone { try write(piece, at: state.position, handle.fileDescriptor) }
            state.position += piece.count
            state.reached = size
            guard size == bytes || state.told < 0 || size - state.told >= max(1, bytes / 100) else { return nil }
            state.told = size
            return size
        }
        if let size { tell(size) }
    }

    /// - Returns: Bytes of the file afterwards.
    private func write(_ piece: Data, at position: Int, _ descriptor: Int32) throws -> Int {
        let place = folder.partialPlace(of: file)
        let number = FileNumber(ofDescriptor: descriptor)
        guard number != nil, FileNumber(ofPath: place.path) == number,
            let size = FileNumber.size(atPath: place.path), size >= position
        else { throw overtaken() }
        var rest = piece.dropFirst(size - position)
        var end = size
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(end)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw ClientError.system(place.path) }
            rest = rest.dropFirst(count)
            end += count
        }
        return end
    }
}
