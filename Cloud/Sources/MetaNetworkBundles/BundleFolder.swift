import Foundation
import MetaNetworkData

/// Puts a folder of files in place as a whole: written under a temporary name beside it, then renamed.
package enum BundleFolder {
    package static func replace(_ directory: URL, with contents: [String: Data]) throws {
        let files = FileManager.default
        let parent = directory.deletingLastPathComponent()
        let mark = ".\(directory.lastPathComponent).\(UUID().uuidString.prefix(8))"
        let fresh = parent.appendingPathComponent("\(mark).new")
        let old = parent.appendingPathComponent("\(mark).old")
        try ModelBundle.checkPlace(directory)
        do {
            try files.createDirectory(at: fresh, withIntermediateDirectories: true)
            for (name, data) in contents { try data.write(to: fresh.appendingPathComponent(name)) }
            // A folder cannot be renamed over one with files in it, so the old bundle steps aside first.
            let isReplacing = files.fileExists(atPath: directory.path)
            if isReplacing { try files.moveItem(at: directory, to: old) }
            do {
                try files.moveItem(at: fresh, to: directory)
            } catch {
                if isReplacing { try? files.moveItem(at: old, to: directory) }
                throw error
            }
            try? files.removeItem(at: old)
        } catch {
            try? files.removeItem(at: fresh)
            throw FileError(path: directory.path, action: "write", underlying: error)
        }
    }
}
