import MetaNetwork

/// The files of a bundle that a device reads.
enum BundleFile {
    case device
    case vocabulary
    /// Only where the bundle has one.
    case gate
    /// Only where the bundle has one.
    case switcher
    /// Only where the bundle has one.
    case prompt
    /// Only where the bundle has one.
    case basis

    /// The files that not every bundle has.
    static let optional = [BundleFile.gate, .switcher, .prompt, .basis]

    /// The files that a device reads of a bundle, in the order in which they are fetched.
    static func files(of manifest: BundleManifest) -> [BundleFile] {
        [.device, .vocabulary] + optional.filter { manifest.files[$0.name] != nil }
    }

    /// The file's name.
    var name: String {
        switch self {
        case .device: BundleLayout.device
        case .vocabulary: BundleLayout.vocabulary
        case .gate: BundleLayout.gate
        case .switcher: BundleLayout.switcher
        case .prompt: BundleLayout.prompt
        case .basis: BundleLayout.basis
        }
    }

    /// Maximum size of the file in bytes.
    func limit(_ limits: Limits) -> Int {
        switch self {
        case .device: limits.deviceBytes
        case .vocabulary: limits.vocabularyBytes
        case .gate, .switcher: limits.gateBytes
        case .prompt: limits.promptBytes
        case .basis: limits.deviceBytes
        }
    }

    /// The last part of the file's address.
    var route: String {
        switch self {
        case .device: "device"
        case .vocabulary: "vocabulary"
        case .gate: "gate"
        case .switcher: "switcher"
        case .prompt: "prompt"
        case .basis: "basis"
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
