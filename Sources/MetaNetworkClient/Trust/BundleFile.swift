import MetaNetwork

/// The files of a bundle that a device needs.
enum BundleFile: CaseIterable {
    case device
    case vocabulary

    /// The file's name.
    var name: String {
        switch self {
        case .device: BundleLayout.device
        case .vocabulary: BundleLayout.vocabulary
        }
    }

    /// Maximum size of the file in bytes.
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

    /// What a manifest says of the file.
    ///
    /// - Throws: ``ClientError/unusable(what:reason:)`` where it does not list it.
    func entry(in manifest: BundleManifest) throws(ClientError) -> BundleManifest.File {
        guard let entry = manifest.files[name] else {
            throw .unusable(what: "the manifest", reason: "it does not list \(name)")
        }
        return entry
    }
}
