import Crypto
import Foundation
import MetaNetworkData
import MetaNetworkServer

/// Prepared interactions in anything that speaks S3, laid out as in a folder: `--data prepared:s3://BUCKET/PREFIX`.
struct PreparedObjects: Sendable {
    let place: ObjectPlace
    let progress: ProgressReporter

    /// Time after its last use at which what was fetched goes when something else is fetched from the same place: a training that began
    /// with it has read it by then.
    private static let age = Duration.seconds(86_400)

    init(_ place: ObjectPlace, _ progress: ProgressReporter) { (self.place, self.progress) = (place, progress) }

    /// Fetches what this machine does not have yet, and opens it; the caller's thread waits.
    ///
    /// - Throws: ``DataError`` where there is nothing whole, `RegistryError` where there is no room for it, `ObjectStoreError`.
    func data() throws -> PreparedData {
        var data = try Waiting.run { try await fetched() }
        let (folders, name) = (try place.fetched("prepared"), data.folder.lastPathComponent)
        // A training that streams reads it for days.
        data.noteUse = { folders.noteUse(of: name) }
        return data
    }

    private func fetched() async throws -> PreparedData {
        guard let data = try await place.read(PreparedManifest.name) else {
            throw DataError(
                "\(place) has no \(PreparedManifest.name): it is no place that `metanetwork data prepare` has finished; prepare the data again"
            )
        }
        let manifest = try PreparedManifest(data, from: place.place(of: PreparedManifest.name))
        let folders = try place.fetched("prepared")
        // Of other contents it is another one.
        let name = SHA256.hash(data: data).hexadecimal
        // The ranks of a machine fetch it once.
        return try await folders.locked(name) {
            // Before it is looked through, which takes long: somebody else may remove what is old meanwhile.
            folders.noteUse(of: name)
            // Somebody may have emptied or changed it.
            if let kept = try? PreparedData(folders[name]), kept.manifest == manifest { return kept }
            let bytes = manifest.files.values.reduce(0) { $0 + $1.bytes }
            try folders.checkRoom(for: bytes)
            progress.message("fetching \(manifest.files.count) files, \(bytes) bytes, of \(place)")
            try await folders.write(name) { aside in
                for (file, expected) in manifest.files.sorted(by: { $0.key < $1.key }) {
                    try await fetch(file, expected, to: aside)
                }
                try data.write(to: aside.appendingPathComponent(PreparedManifest.name))
            }
            folders.removeOld(after: Self.age, except: [name])
            return try PreparedData(folders[name])
        }
    }

    private func fetch(_ file: String, _ expected: PreparedManifest.File, to folder: URL) async throws {
        let url = try await fetch(file, to: folder)
        guard try PreparedManifest.file(url) == expected else {
            throw DataError(
                "\(place.place(of: file)) is another than was prepared (SHA-256): it was changed or damaged; prepare the data again"
            )
        }
    }

    /// Fetches a file below a folder.
    private func fetch(_ file: String, to folder: URL) async throws -> URL {
        let url = folder.appendingPathComponent(file)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        guard try await place.fetch(file, to: url) else {
            throw DataError("\(place.place(of: file)) is missing, which the manifest names; prepare the data again")
        }
        return url
    }
}

/// Preparing to such a place.
extension PreparedObjects {
    /// Prepares data on this machine, and puts them there: the manifest last.
    ///
    /// - Throws: ``DataError`` where something is there already, or with DuckDB's reason; `ObjectStoreError`.
    func prepare(_ preparation: Preparation, with duckDB: DuckDB) async throws -> PreparedManifest {
        try await checkUnsealed()
        return try await place.fetched("prepared").aside { aside in
            let folder = aside.appendingPathComponent("made")
            let manifest = try preparation.run(to: folder, with: duckDB)
            progress.message("writing \(manifest.files.count) files to \(place)")
            try await write(manifest.files.keys.sorted(), of: folder)
            return manifest
        }
    }

    /// Counts what a query has written there, and adds the manifest.
    ///
    /// - Throws: ``DataError`` where there is a manifest, or no data; `ObjectStoreError`.
    func seal(with duckDB: DuckDB) async throws -> PreparedManifest {
        try await checkUnsealed()
        let files = try await place.names().filter(PreparedManifest.isFileName)
        guard !files.isEmpty else { throw DataError("\(place) has no files of Parquet; run the printed query first") }
        progress.message("fetching \(files.count) files of \(place) to count what they hold")
        return try await place.fetched("prepared").aside { aside in
            for file in files { _ = try await fetch(file, to: aside) }
            let manifest = try Preparation.seal(aside, with: duckDB)
            try await seal(aside)
            return manifest
        }
    }

    /// What whoever writes puts there first, and removes last: of two at once one writes nothing.
    private static let claim = ".preparing"

    private func checkUnsealed() async throws {
        for name in [PreparedManifest.name, Self.claim] {
            guard try await place.read(name) == nil else { throw taken(name) }
        }
    }

    /// Writes files, and the manifest.
    private func write(_ files: [String], of folder: URL) async throws {
        let own = Data(UUID().uuidString.utf8)
        try await claim(own)
        var written: [String] = []
        do {
            // Who was there first may just have finished.
            guard try await place.read(PreparedManifest.name) == nil else { throw taken(PreparedManifest.name) }
            let there = try await Set(place.names())
            if let file = files.first(where: there.contains) { throw taken(file) }
            for file in files {
                let data = try Data(contentsOf: folder.appendingPathComponent(file), options: .alwaysMapped)
                // Where no answer comes, it may be there.
                written.append(file)
                guard try await place.write(data, as: file) else {
                    written.removeLast()
                    throw taken(file)
                }
            }
            guard try await place.read(Self.claim) == own else { throw taken(Self.claim) }
            try await seal(folder)
        } catch {
            try? await clear(written, own)
            throw error
        }
        do { try await place.remove(Self.claim) } catch {
            progress.message("\(place.place(of: Self.claim)) is left, which harms nobody: \(error)")
        }
    }

    /// Has others write nothing.
    private func claim(_ own: Data) async throws {
        do {
            guard try await place.write(own, as: Self.claim) else { throw taken(Self.claim) }
        } catch {
            // Where no answer came, it may be there.
            if let found = try? await place.read(Self.claim), found == own { try? await place.remove(Self.claim) }
            throw error
        }
    }

    /// Removes what is in the way of the next one, where nobody else can have written it.
    private func clear(_ files: [String], _ own: Data) async throws {
        guard try await place.read(Self.claim) == own else { return }
        // The manifest may be written, though no answer came: then all is there, as whoever looks sees.
        if try await place.read(PreparedManifest.name) == nil {
            for file in files { try await place.remove(file) }
        }
        try await place.remove(Self.claim)
    }

    private func seal(_ folder: URL) async throws {
        let manifest = try Data(contentsOf: folder.appendingPathComponent(PreparedManifest.name))
        guard try await place.write(manifest, as: PreparedManifest.name) else { throw taken(PreparedManifest.name) }
    }

    private func taken(_ file: String) -> DataError {
        DataError(
            "\(place.place(of: file)) is there already: prepared by somebody else, who may be writing still, or left by a run that was ended; give "
                + "another prefix, or remove all objects of this one"
        )
    }
}
