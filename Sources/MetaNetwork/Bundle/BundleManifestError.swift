/// Why a manifest cannot be used. The descriptions go on after "the manifest cannot be used:".
public enum BundleManifestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The format is none of ``BundleManifest/readableFormats``.
    case unknownFormat(Int)
    /// The manifest is no JSON that has a canonical form.
    case notCanonical(String)
    /// A field is outside of ``BundleLimits``.
    case field(String, reason: String)
    /// The name of a file might leave the folder, or is reserved.
    case fileName(String)
    /// A file has the role of another, or a role has another file.
    case role(file: String, BundleRole)
    /// The version is not that of the contents.
    case version

    /// What is wrong.
    public var description: String {
        switch self {
        case .unknownFormat(let format):
            "its format is \(format), this release reads \(BundleManifest.readableFormats.lowerBound) to "
                + "\(BundleManifest.readableFormats.upperBound); update it"
        case .notCanonical(let reason): "it is no JSON document as a manifest must be: \(reason)"
        case .field(let field, let reason): "\(field) \(reason)"
        case .fileName(let name):
            "it lists a file '\(String(name.prefix(80)))'; names are 1 to 64 letters, digits, '-', '_' and '.', not "
                + "starting with '.', each once, and not the manifest's own"
        case .role(let file, let role): "it gives the file '\(file)' the role '\(role.rawValue)', which is another's"
        case .version: "its version is not that of its contents; fetch the bundle again"
        }
    }
}
