import Crypto
import Foundation
import MetaNetwork

/// The files of a bundle that a device needs.
enum BundleFile: String, CaseIterable {
    case device = "device.safetensors"
    case vocabulary = "vocabulary.tsv"

    static let manifest = "manifest.json"

    /// Most bytes of the file.
    func limit(_ limits: Limits) -> Int {
        switch self {
        case .device: limits.deviceBytes
        case .vocabulary: limits.vocabularyBytes
        }
    }

    /// The last part of the file's address.
    var route: String {
        switch self {
        case .device: "device"
        case .vocabulary: "vocabulary"
        }
    }
}

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
        struct Format: Decodable { let format: Int }
        let manifest: BundleManifest
        do {
            let format = try JSONDecoder().decode(Format.self, from: data).format
            guard format == BundleManifest.currentFormat else {
                throw unusable(
                    "its format is \(format), this app reads \(BundleManifest.currentFormat); update the app"
                )
            }
            manifest = try JSONDecoder().decode(BundleManifest.self, from: data)
        } catch let error as ClientError {
            throw error
        } catch {
            throw unusable("it is cut short or no manifest: \(String(describing: error).prefix(200))")
        }
        guard manifest.name == model else { throw unusable("it is that of the model '\(manifest.name)'") }
        guard manifest.items > 0 || (manifest.items == 0 && manifest.outputs != nil) else {
            throw unusable("it has \(manifest.items) items")
        }
        try checkFiles(manifest)
        return manifest
    }

    private func checkFiles(_ manifest: BundleManifest) throws(ClientError) {
        for file in BundleFile.allCases {
            guard let entry = manifest.files[file.rawValue] else { throw unusable("it does not list \(file.rawValue)") }
            let limit = file.limit(limits)
            guard entry.bytes >= 0, entry.bytes <= limit else {
                throw unusable("\(file.rawValue) has \(entry.bytes) bytes, the limit is \(limit)")
            }
        }
        // The version is made of the digests, so a version that was checked once names its contents for ever.
        let lines = manifest.files.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.sha256)\n" }.joined()
        guard SHA256.hexadecimal(of: Data(lines.utf8)) == manifest.version else {
            throw unusable("its version is not that of its files")
        }
    }

    private func unusable(_ reason: String) -> ClientError { .unusable(what: "the manifest", reason: reason) }
}
