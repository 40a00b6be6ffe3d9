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

    /// Fetches a version's files to a folder; into memory where the disk will not take them.
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
        let device = try await service.fetch(.device, of: wanted.manifest, tell: wanted.tell(of: .device))
        let vocabulary = try await service.fetch(.vocabulary, of: wanted.manifest, tell: wanted.tell(of: .vocabulary))
        var contents = BundleContents(manifest: wanted.body, device: device, vocabulary: vocabulary)
        for file in BundleFile.optional where wanted.manifest.files[file.name] != nil {
            contents.others[file] = try await service.fetch(file, of: wanted.manifest, tell: wanted.tell(of: file))
        }
        return (contents, .memory)
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
            for file in files {
                try await service.fetch(file, of: wanted.manifest, into: place, tell: wanted.tell(of: file))
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

extension BaseSource.Wanted {
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
