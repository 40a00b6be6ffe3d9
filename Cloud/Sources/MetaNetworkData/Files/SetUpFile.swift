import Foundation

/// A file that set-up has put in place.
package enum SetUpFile {
    /// Finds a file.
    ///
    /// - Parameters:
    ///   - member: Its path in the folder of what set-up brings.
    ///   - dependencies: The folder that `METANETWORK_DEPS` names; one that was asked for is not replaced silently by another.
    ///   - executable: The program that runs.
    /// - Returns: Where it is in that folder, or else in the first `.deps` that has it on the way up from the program; `nil` where none has.
    package static func find(_ member: String, dependencies: String?, executable: URL?) -> URL? {
        if let dependencies, !dependencies.isEmpty { return URL(filePath: dependencies).appending(path: member) }
        var folder = executable?.resolvingSymlinksInPath().deletingLastPathComponent().standardizedFileURL
        while let current = folder {
            let file = current.appending(path: ".deps").appending(path: member)
            if FileManager.default.fileExists(atPath: file.path) { return file }
            folder = current.path == "/" ? nil : current.deletingLastPathComponent().standardizedFileURL
        }
        return nil
    }
}
