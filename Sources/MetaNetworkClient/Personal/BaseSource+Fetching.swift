import Crypto
import Foundation
import MetaNetwork

extension BaseSource {
    /// A version whose files are to be fetched.
    struct Wanted {
        let manifest: BundleManifest
        /// The manifest's bytes.
        let body: Data
        /// What the version is called on disk.
        let digest: String
        /// The number of its folder, where that was found damaged; see ``ModelFolder/number(ofBase:)``.
        let number: UInt64?
        /// Where its files are besides the service.
        let files: URL?
        /// Whether there is no version on the device yet.
        let isFirst: Bool
        /// Told how much has come.
        let tell: @Sendable (PersonalModel.Download) -> Void
    }

    /// Where fetched files lie.
    enum Place {
        case fetched(FetchFolder)
        /// Where another process has put them meanwhile.
        case stored
        case memory

        var folder: FetchFolder? { if case .fetched(let folder) = self { folder } else { nil } }
        var isOnDisk: Bool { if case .memory = self { false } else { true } }
    }

    /// Fetches a version's files to a folder; into memory where the disk will not take them. What another version on this device
    /// has already is copied.
    ///
    /// - Parameters:
    ///   - wanted: The version.
    ///   - notices: Receives why the disk did not take them.
    func fetch(_ wanted: Wanted, _ notices: inout [ClientError]) async throws -> (BundleContents, Place) {
        do {
            return try await fetchToDisk(wanted)
        } catch {
            guard case .storage = ClientError(error) else { throw error }
            notices.append(ClientError(error))
        }
        let (device, vocabulary) = (try await memory(.device, wanted), try await memory(.vocabulary, wanted))
        var contents = BundleContents(manifest: wanted.body, device: device, vocabulary: vocabulary)
        for file in BundleFile.optional where wanted.manifest.files[file.name] != nil {
            contents.others[file] = try await memory(file, wanted)
        }
        return (contents, .memory)
    }

    /// A file of a version, copied or fetched into memory.
    private func memory(_ file: BundleFile, _ wanted: Wanted) async throws -> Data {
        let tell = try wanted.tell(of: file)
        guard let copy = try copy(of: file, for: wanted.manifest) else {
            return try await service.fetch(
                file,
                of: wanted.manifest,
                at: wanted.files,
                isFirst: wanted.isFirst,
                tell: tell
            )
        }
        tell(copy.count)
        return copy
    }

    /// The bytes of a version's file where another version, on the disk or in the app, has the same: a version that changes one file
    /// costs the device that file and the manifest. The other's manifest says so, as this is asked at each refresh while the version
    /// waits for another network and files may be large; the bytes are checked by their digest.
    ///
    /// - Returns: `nil` where the file has to be fetched.
    private func copy(of file: BundleFile, for manifest: BundleManifest) throws(ClientError) -> Data? {
        let entry = try file.entry(in: manifest)
        let bases = folder.baseDigests(current: nil).map { folder.bases.appendingPathComponent($0) }
        for place in bases + [bundle].compactMap({ $0 }) {
            let url = place.appendingPathComponent(file.name)
            let itsManifest = place.appendingPathComponent(BundleLayout.manifest)
            guard let body = try? BoundedFile.read(itsManifest, limit: limits.manifestBytes),
                let other = try? JSONDecoder().decode(BundleManifest.self, from: body),
                other.files[file.name]?.sha256 == entry.sha256,
                let found = try? BoundedFile.read(url, limit: entry.bytes),
                SHA256.hexadecimal(of: found) == entry.sha256
            else { continue }
            return found
        }
        return nil
    }

    private func fetchToDisk(_ wanted: Wanted) async throws -> (BundleContents, Place) {
        let files = BundleFile.files(of: wanted.manifest)
        let place = try folder.folderForFetching(
            wanted.digest,
            files,
            manifest: wanted.body,
            ifStill: wanted.number
        )
        guard let place else { return (try folder.lockedContents(ofBase: wanted.digest), .stored) }
        do {
            // What earlier tries brought is progress only where more comes.
            for file in files.drop(while: place.isWhole) {
                if !place.isWhole(file), let copy = try copy(of: file, for: wanted.manifest) {
                    try place.adopt(copy, as: file)
                }
                try await service.fetch(
                    file,
                    of: wanted.manifest,
                    at: wanted.files,
                    isFirst: wanted.isFirst,
                    into: place,
                    tell: wanted.tell(of: file)
                )
            }
            return (try ModelFolder.contents(of: place.root, limits), .fetched(place))
        } catch {
            guard case .storage = ClientError(error) else { throw error }
            if folder.number(ofBase: wanted.digest) != wanted.number {
                return (try folder.lockedContents(ofBase: wanted.digest), .stored)
            }
            if !(error is FolderLock.Busy) { place.remove() }
            throw error
        }
    }
}

/// A version whose files may not use the network, for it is constrained; those that came before are kept.
struct DeferredDownload: Error {
    /// How much of the version's files is on the device.
    let download: PersonalModel.Download
}

extension BaseSource.Wanted {
    /// How much of the version's files lies in a folder.
    func download(in folder: ModelFolder) throws(ClientError) -> PersonalModel.Download {
        let files = BundleFile.files(of: manifest)
        var total = 0
        for file in files { total += try file.entry(in: manifest).bytes }
        return PersonalModel.Download(received: folder.received(files, of: digest), total: total)
    }

    /// Tells of all files where it is told of one; they come one after the other.
    fileprivate func tell(of file: BundleFile) throws(ClientError) -> @Sendable (Int) -> Void {
        var (before, total, isBefore) = (0, 0, true)
        for other in BundleFile.files(of: manifest) {
            let bytes = try other.entry(in: manifest).bytes
            if other == file { isBefore = false }
            if isBefore { before += bytes }
            total += bytes
        }
        return { [tell, before, total] in tell(PersonalModel.Download(received: before + $0, total: total)) }
    }
}
