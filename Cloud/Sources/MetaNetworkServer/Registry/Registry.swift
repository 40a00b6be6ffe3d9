import Foundation
import MetaNetwork

/// A folder of published bundles: `MODEL/versions/VERSION/` and `MODEL/releases.json`, which says which of them are served.
///
/// Bundles are copied under a temporary name and renamed, `releases.json` is replaced whole: a reader sees all of a change or none.
public struct Registry: Sendable {
    /// The folder.
    public let directory: URL

    /// Names a folder; nothing is read or made.
    public init(_ directory: URL) { self.directory = directory }

    /// The models' names, in order.
    public func models() throws -> [String] {
        guard FileManager.default.fileExists(atPath: directory.path) else {
            throw RegistryError(
                "\(directory.path) is not there; publish a bundle with `metanetwork publish BUNDLE --registry DIR`"
            )
        }
        return try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted().filter {
            FileManager.default.fileExists(atPath: releasesFile($0).path)
        }
    }

    /// The releases of a model.
    public func releases(of model: String) throws -> Releases {
        let url = releasesFile(model)
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw RegistryError("the registry \(directory.path) has no model '\(model)'; publish a bundle of it first")
        }
        do {
            return try JSONDecoder().decode(Releases.self, from: data)
        } catch {
            throw RegistryError("\(url.path) is damaged: \(error); write it anew by publishing again")
        }
    }

    /// The folder of a version.
    public func bundle(_ model: String, _ version: String) -> URL {
        directory.appendingPathComponent(model).appendingPathComponent("versions").appendingPathComponent(version)
    }

    /// The versions of a model that are stored, the newest first.
    public func versions(of model: String) throws -> [(version: String, published: Date)] {
        let folder = directory.appendingPathComponent(model).appendingPathComponent("versions")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
        return names.map { name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent(name).path)
            return (name, attributes?[.modificationDate] as? Date ?? .distantPast)
        }.sorted { $0.1 > $1.1 }
    }

    /// Publishes a bundle, which the caller has checked.
    ///
    /// - Parameters:
    ///   - bundle: Its folder.
    ///   - share: Share of the devices that get it, for a candidate; `nil` makes it current at once. The first version of a model
    ///     is current always.
    /// - Returns: The model's name and the version.
    @discardableResult
    public func publish(_ bundle: URL, share: Double? = nil) throws -> (model: String, version: String) {
        let manifest = try Self.manifest(bundle)
        guard Self.isName(manifest.name), Self.isName(manifest.version) else {
            throw RegistryError(
                "the bundle's name '\(manifest.name)' is no folder name; train with an --out of letters, digits, - and _"
            )
        }
        try copy(bundle, manifest)
        guard var releases = try? releases(of: manifest.name) else {
            try write(Releases(current: manifest.version), manifest.name)
            return (manifest.name, manifest.version)
        }
        if let share {
            guard manifest.version != releases.current else {
                throw RegistryError("version \(manifest.version) is current already; there is nothing to try out")
            }
            releases.candidate = Releases.Candidate(version: manifest.version, share: share)
        } else if manifest.version != releases.current {
            releases = Releases(current: manifest.version, previous: releases.current)
        }
        try write(releases, manifest.name)
        return (manifest.name, manifest.version)
    }

    /// Makes the candidate current.
    public func promote(_ model: String) throws -> Releases {
        let old = try releases(of: model)
        guard let candidate = old.candidate else {
            throw RegistryError("model '\(model)' has no candidate to promote; publish one with --share")
        }
        let new = Releases(current: candidate.version, previous: old.current)
        try write(new, model)
        return new
    }

    /// Drops the candidate; without one, goes back to the version before the current one.
    public func rollback(_ model: String) throws -> Releases {
        var releases = try releases(of: model)
        if releases.candidate != nil {
            releases.candidate = nil
        } else if let previous = releases.previous {
            releases = Releases(current: previous, previous: releases.current)
        } else {
            throw RegistryError("model '\(model)' has one version only, so there is none to go back to")
        }
        try write(releases, model)
        return releases
    }

    /// The manifest of a bundle's folder.
    static func manifest(_ bundle: URL) throws -> BundleManifest {
        let url = bundle.appendingPathComponent("manifest.json")
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw RegistryError("\(bundle.path) is no bundle: it has no manifest.json")
        }
        do {
            return try JSONDecoder().decode(BundleManifest.self, from: data)
        } catch {
            throw RegistryError("\(url.path) is no manifest: \(error)")
        }
    }

    private func copy(_ bundle: URL, _ manifest: BundleManifest) throws {
        let target = self.bundle(manifest.name, manifest.version)
        let files = FileManager.default
        // The version is a digest of the contents: what is there is the same.
        guard !files.fileExists(atPath: target.path) else { return }
        let folder = target.deletingLastPathComponent()
        let aside = folder.appendingPathComponent(".\(UUID().uuidString)")
        do {
            try files.createDirectory(at: aside, withIntermediateDirectories: true)
            for name in manifest.files.keys + ["manifest.json"] {
                let copied = aside.appendingPathComponent(name)
                try files.copyItem(at: bundle.appendingPathComponent(name), to: copied)
                try FileHandle(forWritingTo: copied).synchronize()
            }
            try files.moveItem(at: aside, to: target)
        } catch {
            try? files.removeItem(at: aside)
            throw RegistryError("\(target.path) cannot be written: \(error.localizedDescription)")
        }
    }

    private func write(_ releases: Releases, _ model: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            try encoder.encode(releases).write(to: releasesFile(model), options: .atomic)
        } catch {
            throw RegistryError("\(releasesFile(model).path) cannot be written: \(error.localizedDescription)")
        }
    }

    private func releasesFile(_ model: String) -> URL {
        directory.appendingPathComponent(model).appendingPathComponent("releases.json")
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128 && !text.hasPrefix(".")
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains($0))
            }
    }
}

/// Why a registry cannot do what it was asked to.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and how to fix it.
    public let description: String

    init(_ description: String) { self.description = description }
}
