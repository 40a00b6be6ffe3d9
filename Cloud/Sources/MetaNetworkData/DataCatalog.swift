import Crypto
import Foundation

/// Data sets that can be had by name.
///
/// Each comes out of a Python wheel that pip fetches; every file is checked against a digest and renamed into place, so
/// that a fetch that was cut off leaves nothing behind.
public enum DataCatalog {
    /// A named data set.
    public struct Entry: Sendable {
        /// The name.
        public let name: String
        /// What it holds.
        public let summary: String
        /// Who made it and what may be done with it.
        public let license: String
        /// The requirement that pip fetches.
        let requirement: String
        /// Files by name: where they lie in the wheel, and their SHA-256.
        let files: [(name: String, member: String, sha256: String)]
        /// Name of the file with the interactions.
        let interactions: String
    }

    /// Every named data set.
    public static let all = [
        Entry(
            name: "ml-100k",
            summary: "MovieLens-100k: 100,000 ratings of 1,682 films by 943 people, with times and titles",
            license: "GroupLens, University of Minnesota: free for research, not for redistribution or revenue",
            requirement: "recbole==1.2.1",
            files: [
                (
                    "ml-100k.inter", "recbole/dataset_example/ml-100k/ml-100k.inter",
                    "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff"
                ),
                (
                    "ml-100k.item", "recbole/dataset_example/ml-100k/ml-100k.item",
                    "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532"
                ),
            ],
            interactions: "ml-100k.inter"
        )
    ]

    /// Where data lies unless told otherwise: `$METANETWORK_DATA`, else `./data`.
    public static var defaultDirectory: URL {
        URL(fileURLWithPath: ProcessInfo.processInfo.environment["METANETWORK_DATA"] ?? "data")
    }

    /// Whether all files of a data set are in a directory.
    public static func isPresent(_ name: String, in directory: URL) -> Bool {
        guard let entry = all.first(where: { $0.name == name }) else { return false }
        return entry.files.allSatisfy { file in
            FileManager.default.fileExists(atPath: place(entry, file.name, directory).path)
        }
    }

    /// The file of interactions that a name or path means.
    ///
    /// - Throws: ``DataError`` for a named data set that is not there yet, with the command that fetches it.
    public static func resolve(_ nameOrPath: String, in directory: URL) throws(DataError) -> URL {
        guard let entry = all.first(where: { $0.name == nameOrPath }) else { return URL(fileURLWithPath: nameOrPath) }
        let url = place(entry, entry.interactions, directory)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw DataError("\(url.path) is not there; fetch it with `metanetwork data fetch \(nameOrPath)`")
        }
        return url
    }

    /// Fetches a data set; does nothing where it is there and intact.
    ///
    /// - Parameters:
    ///   - name: Name of the data set.
    ///   - directory: Receives a folder of that name.
    /// - Returns: The file of interactions.
    /// - Throws: ``DataError``, which says what is missing and how to mend it.
    public static func fetch(_ name: String, to directory: URL) throws -> URL {
        guard let entry = all.first(where: { $0.name == name }) else {
            throw DataError("there is no data set '\(name)'; the names are \(all.map(\.name).joined(separator: ", "))")
        }
        let isIntact = entry.files.allSatisfy { file in
            let data = FileManager.default.contents(atPath: place(entry, file.name, directory).path)
            return data.map(digest) == file.sha256
        }
        if !isIntact {
            let scratch = directory.appendingPathComponent(".\(name).\(UUID().uuidString.prefix(8))")
            defer { try? FileManager.default.removeItem(at: scratch) }
            try makeDirectory(scratch)
            try Wheel.extract(entry.requirement, members: entry.files.map(\.member), into: scratch)
            try install(entry, from: scratch, in: directory)
        }
        return place(entry, entry.interactions, directory)
    }

    private static func install(_ entry: Entry, from scratch: URL, in directory: URL) throws {
        try makeDirectory(directory.appendingPathComponent(entry.name))
        for file in entry.files {
            let fetched = scratch.appendingPathComponent(URL(fileURLWithPath: file.member).lastPathComponent)
            guard let data = FileManager.default.contents(atPath: fetched.path), digest(data) == file.sha256 else {
                throw DataError(
                    "\(file.name) out of \(entry.requirement) is not the file that was expected (SHA-256 differs); "
                        + "nothing was kept: try again, and mistrust the package index if it persists"
                )
            }
            guard rename(fetched.path, place(entry, file.name, directory).path) == 0 else {
                throw DataError(
                    "\(file.name) cannot be moved to \(directory.path): \(String(cString: strerror(errno)))"
                )
            }
        }
    }

    private static func makeDirectory(_ url: URL) throws(DataError) {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw DataError("cannot make the folder \(url.path); choose one that you may write to (--to)")
        }
    }

    private static func place(_ entry: Entry, _ file: String, _ directory: URL) -> URL {
        directory.appendingPathComponent(entry.name).appendingPathComponent(file)
    }

    private static func digest(_ data: Data) -> String {
        SHA256.hash(data: data).hexadecimal
    }
}
