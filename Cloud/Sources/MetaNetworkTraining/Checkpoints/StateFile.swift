import Foundation
import MetaNetworkData

/// A state in a file of this machine, or of a disk that machines share.
///
/// It is written aside and renamed, so that a reader sees the old state or the new one.
public struct StateFile: StatePlace {
    /// The file.
    public let url: URL

    /// Names the file.
    public init(_ url: URL) { self.url = url }

    /// The file's path.
    public var text: String { url.path }

    /// The file with the stage's name added.
    public func ofStage(_ stage: String) -> any StatePlace { StateFile(url.appendingPathExtension(stage)) }

    /// Whether there is a file.
    public func isThere() -> Bool { FileManager.default.fileExists(atPath: url.path) }

    /// Nothing: a file tells no runs apart.
    public func claim() {}

    /// A file beside it.
    public func draft() throws -> StateDraft {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
            throw FileError(path: url.path, action: "write", reason: "it is a folder; give a file in it")
        }
        removeLeftovers()
        return try Self.draft(url.deletingLastPathComponent().appendingPathComponent("\(aside)\(UUID().uuidString)"))
    }

    /// An empty file that is gone once nobody uses it, or renames it.
    ///
    /// - Throws: `FileError`.
    public static func draft(_ url: URL) throws -> StateDraft {
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data().write(to: url)
            return StateDraft(url, try FileHandle(forUpdating: url), isTemporary: true)
        } catch {
            throw FileError(path: url.path, action: "write", underlying: error)
        }
    }

    /// Renames what was written, once it is on the disk: some disks say only then that there was no room.
    public func keep(_ draft: StateDraft) throws {
        do {
            try draft.handle.synchronize()
            try draft.handle.close()
        } catch {
            throw FileError(path: draft.url.path, action: "write", underlying: error)
        }
        guard rename(draft.url.path, url.path) == 0 else {
            throw FileError(path: url.path, action: "write", reason: String(cString: strerror(errno)))
        }
    }

    /// The file itself.
    public func open() throws -> StateDraft {
        do {
            return StateDraft(url, try FileHandle(forReadingFrom: url), isTemporary: false)
        } catch {
            throw FileError(path: url.path, action: "read", underlying: error)
        }
    }

    /// Removes the file.
    public func remove() throws {
        guard unlink(url.path) == 0 || errno == ENOENT else {
            throw FileError(path: url.path, action: "remove", reason: String(cString: strerror(errno)))
        }
    }

    /// What the names of files begin with that are written aside.
    private var aside: String { ".\(url.lastPathComponent).new-" }

    /// Removes what runs left that were ended while they wrote: nobody writes to a file of an hour ago.
    private func removeLeftovers() {
        let folder = url.deletingLastPathComponent()
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasPrefix(aside) {
            let file = folder.appendingPathComponent(name)
            let written = (try? file.resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate
            if let written, written.timeIntervalSinceNow < -3600 { try? FileManager.default.removeItem(at: file) }
        }
    }
}
