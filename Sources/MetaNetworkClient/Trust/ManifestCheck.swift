import Crypto
import Foundation
import MetaNetwork

/// What a manifest must be before its files are fetched or read.
struct ManifestCheck {
    let model: String
    let limits: Limits

    /// Reads and checks a manifest.
    ///
    /// - Throws: ``ClientError/unusable(what:reason:)``.
    func manifest(in data: Data) throws(ClientError) -> BundleManifest {
        guard data.count <= limits.manifestBytes else {
            throw unusable("it has \(data.count) bytes, the limit is \(limits.manifestBytes)")
        }
        let manifest: BundleManifest
        do {
            manifest = try JSONDecoder().decode(BundleManifest.self, from: data)
        } catch let error as BundleManifestError {
            throw unusable(error.description)
        } catch {
            throw unusable("it is cut short or no manifest: \(String(describing: error).prefix(200))")
        }
        guard manifest.name == model else { throw unusable("it is that of the model '\(manifest.name)'") }
        try checkSizes(manifest)
        do {
            // A version that was checked once names its contents for ever.
            try manifest.check(Array(data)) { Array(SHA256.hash(data: $0)) }
        } catch {
            throw unusable(error.description)
        }
        return manifest
    }

    private func checkSizes(_ manifest: BundleManifest) throws(ClientError) {
        for file in BundleFile.files(of: manifest) {
            let entry = try file.entry(in: manifest)
            let limit = file.limit(limits)
            guard entry.bytes >= 0, entry.bytes <= limit else {
                throw unusable("\(file.name) has \(entry.bytes) bytes, the limit is \(limit)")
            }
        }
    }

    private func unusable(_ reason: String) -> ClientError { .unusable(what: "the manifest", reason: reason) }
}
