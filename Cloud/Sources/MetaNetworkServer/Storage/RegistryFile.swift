import Foundation
import MetaNetwork

/// What the files of a registry hold, whichever medium they lie on.
enum RegistryFile {
    /// Which of a model's files.
    enum Name: String {
        /// Which versions are served: ``Releases``.
        case releases = "releases.json"
        /// What publishers said: ``ReleaseLog``.
        case log = "log.jsonl"
        /// What services say of versions: ``VersionHealth`` by version.
        case served = "served.json"
    }

    /// Reads releases.
    ///
    /// - Parameters:
    ///   - data: The file.
    ///   - place: Where it lies, for the error.
    static func releases(_ data: Data, at place: String) throws(RegistryError) -> Releases {
        do {
            return try JSONDecoder().decode(Releases.self, from: data)
        } catch {
            throw RegistryError(
                "\(place) is damaged, so nothing was changed: \(error); put the file of a backup there, or remove it and publish "
                    + "the version that devices are to get"
            )
        }
    }

    /// Reads what publishers said of a model.
    static func log(_ data: Data, of model: String, at place: String) throws(RegistryError) -> ReleaseLog {
        do { return try ReleaseLog(data, of: model) } catch {
            throw RegistryError("\(place) is damaged: \(error); put the file of a backup there")
        }
    }

    /// Reads what services say of versions.
    static func health(_ data: Data, at place: String) throws(RegistryError) -> [String: VersionHealth] {
        do {
            return try JSONDecoder().decode([String: VersionHealth].self, from: data)
        } catch {
            throw RegistryError("\(place) is damaged: \(error); remove it, running services write it anew")
        }
    }

    /// Writes releases, or what services say.
    static func data(of value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(value)
    }

    /// Compares a bundle with the manifest of its version that is stored already: a version of format 1 is not computed over the
    /// manifest, so another one under the same version would be passed over in silence.
    ///
    /// - Parameters:
    ///   - bundle: What was to be stored.
    ///   - data: The manifest that is stored.
    ///   - place: Where it lies, for the error.
    static func check(_ bundle: BundleContents, against data: Data, at place: String) throws {
        var (stored, own) = (try BundleContents.manifest(data, from: place), bundle.manifest)
        (stored.provenance, own.provenance) = (nil, nil)
        guard stored == own else {
            throw RegistryError(
                "version \(bundle.id.version) is stored already with another \(BundleLayout.manifest): a version of format 1 is not "
                    + "computed over the manifest; train again, so that the bundle has a version of its own"
            )
        }
    }
}
