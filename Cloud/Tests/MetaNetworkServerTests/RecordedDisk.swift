import Foundation
import GRDBSQLite
import Synchronization

/// SQLite's files in a folder, with what of them has reached the disk and what has not: a file layer of SQLite's that writes as
/// before, and keeps what a power cut would leave.
///
/// It becomes SQLite's default layer for the rest of the process; files in other folders are not touched.
struct RecordedDisk: Sendable {
    private let folder: String

    /// Records the files in a folder that are opened from now on.
    init(_ folder: URL) {
        // SQLite resolves links before it opens a file.
        let resolved = realpath(folder.path, nil)
        defer { free(resolved) }
        self.folder = resolved.map { String(cString: $0) } ?? folder.path
        Layer.install()
        Layer.state.withLock { $0.folders.insert(self.folder) }
    }

    /// How often a file was synced.
    func syncs(of name: String) -> Int { Layer.state.withLock { $0.files[folder + "/" + name]?.syncs ?? 0 } }

    /// Writes to another folder what is left after a power cut now: what was synced, and of the writes since then any, as a disk
    /// takes them in whatever order it likes.
    ///
    /// - Parameter isLucky: Whether the next write that was not synced reached the disk all the same.
    func cutPower(leaving target: URL, _ isLucky: () -> Bool) throws {
        let files = Layer.state.withLock { state in state.files.filter { $0.key.hasPrefix(folder + "/") } }
        for (path, file) in files {
            var left = file.synced
            for change in file.changes where isLucky() { change.apply(to: &left) }
            guard file.syncs > 0 || !left.isEmpty else { continue }
            try left.write(to: target.appendingPathComponent(URL(fileURLWithPath: path).lastPathComponent))
        }
    }
}

/// The file layer. SQLite calls it through C function pointers, which carry no state: that is kept here.
private enum Layer {
    struct State {
        var folders: Set<String> = []
        var files: [String: File] = [:]
        /// Open files by the address of SQLite's handle.
        var open: [UInt: (path: String, original: UInt)] = [:]
        /// Our methods by the address of those that they stand for.
        var methods: [UInt: UInt] = [:]
    }

    struct File {
        var synced = Data()
        var changes: [Change] = []
        var syncs = 0
    }

    enum Change {
        case write(Data, Int)
        case truncate(Int)

        func apply(to data: inout Data) {
            switch self {
            case .write(let bytes, let offset):
                if data.count < offset + bytes.count { data.append(Data(count: offset + bytes.count - data.count)) }
                data.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            case .truncate(let size):
                if data.count > size { data.removeSubrange(size...) }
            }
        }
    }

    static let state = Mutex(State())
    private static let installed: Bool = {
        guard let standard = sqlite3_vfs_find(nil) else { return false }
        let layer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        layer.initialize(to: standard.pointee)
        layer.pointee.pNext = nil
        layer.pointee.zName = UnsafePointer(strdup("recorded"))
        layer.pointee.xOpen = { layer, name, file, flags, given in
            guard let standard = sqlite3_vfs_find(Layer.standardName), let file else { return SQLITE_CANTOPEN }
            let status = standard.pointee.xOpen(layer, name, file, flags, given)
            if status == SQLITE_OK, let name { Layer.watch(file, String(cString: name)) }
            return status
        }
        layer.pointee.xDelete = { layer, name, isDurable in
            guard let standard = sqlite3_vfs_find(Layer.standardName), let name else { return SQLITE_IOERR }
            let path = String(cString: name)
            Layer.state.withLock { _ = $0.files.removeValue(forKey: path) }
            return standard.pointee.xDelete(layer, name, isDurable)
        }
        return sqlite3_vfs_register(layer, 1) == SQLITE_OK
    }()
    /// The name of the layer that does the work.
    static let standardName: String = sqlite3_vfs_find(nil).map { String(cString: $0.pointee.zName) } ?? ""

    static func install() {
        // Read first: afterwards the default is this one.
        precondition(!standardName.isEmpty && installed, "SQLite takes no file layer")
    }

    private static func watch(_ file: UnsafeMutablePointer<sqlite3_file>, _ path: String) {
        guard let original = file.pointee.pMethods else { return }
        state.withLock { state in
            guard state.folders.contains(where: { path.hasPrefix($0 + "/") }) else { return }
            let key = UInt(bitPattern: original)
            if state.methods[key] == nil { state.methods[key] = UInt(bitPattern: methods(over: original)) }
            if state.files[path] == nil { state.files[path] = File() }
            state.open[UInt(bitPattern: file)] = (path, key)
            file.pointee.pMethods = state.methods[key].flatMap { UnsafePointer(bitPattern: $0) }
        }
    }

    private static func methods(
        over original: UnsafePointer<sqlite3_io_methods>
    ) -> UnsafeMutablePointer<sqlite3_io_methods> {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        methods.initialize(to: original.pointee)
        methods.pointee.xWrite = { file, bytes, count, offset in
            guard let (path, original) = Layer.original(of: file), let bytes else { return SQLITE_IOERR }
            let data = Data(bytes: bytes, count: Int(count))
            Layer.state.withLock { $0.files[path]?.changes.append(.write(data, Int(offset))) }
            return original.xWrite(file, bytes, count, offset)
        }
        methods.pointee.xTruncate = { file, size in
            guard let (path, original) = Layer.original(of: file) else { return SQLITE_IOERR }
            Layer.state.withLock { $0.files[path]?.changes.append(.truncate(Int(size))) }
            return original.xTruncate(file, size)
        }
        methods.pointee.xSync = { file, flags in
            guard let (path, original) = Layer.original(of: file) else { return SQLITE_IOERR }
            let status = original.xSync(file, flags)
            guard status == SQLITE_OK else { return status }
            Layer.state.withLock { state in
                guard var recorded = state.files[path] else { return }
                for change in recorded.changes { change.apply(to: &recorded.synced) }
                recorded.changes = []
                recorded.syncs += 1
                state.files[path] = recorded
            }
            return status
        }
        methods.pointee.xClose = { file in
            guard let (_, original) = Layer.original(of: file), let file else { return SQLITE_IOERR }
            Layer.state.withLock { _ = $0.open.removeValue(forKey: UInt(bitPattern: file)) }
            return original.xClose(file)
        }
        return methods
    }

    private static func original(of file: UnsafeMutablePointer<sqlite3_file>?) -> (String, sqlite3_io_methods)? {
        guard let open = state.withLock({ $0.open[UInt(bitPattern: file)] }),
            let methods = UnsafePointer<sqlite3_io_methods>(bitPattern: open.original)
        else { return nil }
        return (open.path, methods.pointee)
    }
}
