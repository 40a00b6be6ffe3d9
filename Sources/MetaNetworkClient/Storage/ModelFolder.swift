import Foundation
import MetaNetwork

/// What a device keeps of one model.
///
/// ```
/// current             which base is in use
/// bases/DIGEST/       the last two versions, each a bundle without its generator
/// bases/DIGEST/release     what its publisher says of it
/// bases/fetching-DIGEST/   what has come of a version that is being fetched, see ``FetchFolder``
/// release             the newest statement of a publisher that was taken
/// personal/NUMBER     the last two sets of personal weights
/// guard               how personal weights fared beside the base model
/// asking              how often a policy with a budget was due
/// samples.jsonl       recent samples
/// outbox.jsonl        samples that wait to be shared
/// device, device.copy the id of this installation, twice
/// device.key          the key that it was made of, and device.counter how often that was shown
/// noise.key           the secret that the noise on uploads follows from
/// former              ids that it had before, under which it shared samples
/// shared              is there once samples were shared
/// forgotten           ids whose shared samples the service still has to delete
/// ```
///
/// Every file is written aside and renamed, or appended to under a lock, so two processes (an app and its extension) may
/// use one folder: nothing is torn and no sample is lost; each sees the other's samples and weights when it opens.
struct ModelFolder: Sendable {
    let root: URL
    let lock: FolderLock
    let limits: Limits
    let samples: SampleLog
    let outbox: SampleLog

    /// Sets of personal weights, and versions of the base, that are kept.
    static let kept = 2

    /// Describes the folder of a model, whose name is checked; nothing is written yet.
    init(directory: URL, model: String, limits: Limits) {
        let root = directory.appendingPathComponent(model, isDirectory: true)
        let lock = FolderLock(folder: root)
        func log(_ name: String, _ limit: Int, _ bytes: Int, _ totalBytes: Int? = nil) -> SampleLog {
            let url = root.appendingPathComponent(name)
            return SampleLog(url: url, lock: lock, limit: limit, contentBytes: bytes, totalBytes: totalBytes)
        }
        let contentBytes = max(limits.idBytes, limits.vectorBytes)
        samples = log("samples.jsonl", limits.samples, contentBytes)
        outbox = log("outbox.jsonl", limits.outbox, contentBytes, limits.outboxBytes)
        self.root = root
        self.lock = lock
        self.limits = limits
    }

    var bases: URL { root.appendingPathComponent("bases", isDirectory: true) }
    var personal: URL { root.appendingPathComponent("personal", isDirectory: true) }
    var shared: URL { root.appendingPathComponent("shared") }
    var forgotten: URL { root.appendingPathComponent("forgotten") }
    var former: URL { root.appendingPathComponent("former") }

    /// Makes the folders.
    func prepare() throws {
        for folder in [root, bases, personal] { try PrivateFile.makeFolder(folder) }
        #if canImport(Darwin)
        // What a user did stays on the device, and the rest can be fetched again.
        var folder = root
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try folder.setResourceValues(values)
        #endif
    }

    /// Moves a damaged file or folder to `damaged` beside it, where it is no longer read; the one before it makes room.
    func setAside(_ url: URL) {
        let aside = url.deletingLastPathComponent().appendingPathComponent("damaged")
        try? FileManager.default.removeItem(at: aside)
        try? FileManager.default.moveItem(at: url, to: aside)
    }

    /// Removes all that tells of the user: samples, personal weights, what waits to be shared, the installation's id.
    func forget() throws {
        try lock.locked {
            let files = FileManager.default
            let entries = (try? files.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)) ?? []
            if files.fileExists(atPath: shared.path), let id = keptDeviceID() {
                try write(forgotten: forgottenDevices() + formerDevices() + [id])
            }
            let kept: Set = ["lock", "current", "release", "bases", "forgotten"]
            for entry in entries where !kept.contains(entry.lastPathComponent) { try files.removeItem(at: entry) }
            try PrivateFile.makeFolder(personal)
        }
    }
}
