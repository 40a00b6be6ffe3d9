/// How the version of a bundle follows from its manifest.
///
/// *Format 1*: the SHA-256 of the lines `name sha256` of the files, sorted by name, each with a line feed.
///
/// *Format 2*: the SHA-256 of ``prefix`` and the manifest in canonical form, without its member `version`. That covers the
/// digests of the files and all that a device or a server acts on: format, name, architecture, generator, outputs, items.
/// A member that a later release adds is covered too, and can be checked by one that does not know it.
///
/// *Canonical form*: JSON as UTF-8 without white space. Members of objects are sorted by the bytes of their keys. In strings
/// `"` and `\` are escaped by a backslash and the bytes below 0x20 as `\u00` and two lower-case hexadecimal digits; all other
/// characters stand as they are. Whole numbers are decimal; others, such as a dropout's rate, are the shortest decimal that
/// reads back as the same 64-bit number, as Swift prints it.
public enum BundleVersion {
    /// What is hashed before the canonical form, so that no other document has the same digest.
    public static let prefix = Array("metanetwork/bundle/2\n".utf8)

    /// Version of format 1.
    static func version(of files: [String: BundleManifest.File], sha256: ([UInt8]) -> [UInt8]) -> String {
        let names = Array(files.keys).ascending()
        let lines = names.compactMap { name in files[name].map { "\(name) \($0.sha256)\n" } }
        return hexadecimal(sha256(Array(lines.joined().utf8)))
    }

    /// Version of a manifest of format 2.
    ///
    /// - Parameters:
    ///   - bytes: The manifest as it is in its file; its member `version` is not looked at.
    ///   - sha256: The SHA-256 of bytes, 32 bytes.
    /// - Throws: ``BundleManifestError/notCanonical(_:)`` where the bytes are no JSON object, or a key occurs twice.
    public static func version(
        ofManifest bytes: [UInt8],
        sha256: ([UInt8]) -> [UInt8]
    ) throws(BundleManifestError) -> String {
        let document: JSON
        do { document = try JSON(parsing: bytes) } catch { throw .notCanonical(error.description) }
        guard case .object(let members) = document else { throw .notCanonical("it is no object") }
        let covered = JSON.object(members.filter { $0.key != "version" })
        return hexadecimal(sha256(prefix + covered.canonical.bytes))
    }

    /// Two lower-case digits for each byte.
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

extension JSON {
    /// The same document with the members of all objects sorted by the bytes of their keys.
    fileprivate var canonical: JSON {
        switch self {
        case .null, .bool, .integer, .number, .string: self
        case .array(let elements): .array(elements.map(\.canonical))
        case .object(let members):
            .object(
                members.map { Member($0.key, $0.value.canonical) }
                    .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            )
        }
    }
}

extension BundleManifest {
    /// The manifest with the version of its contents, and its bytes.
    ///
    /// - Parameters:
    ///   - sha256: The SHA-256 of bytes, 32 bytes.
    ///   - encode: Encodes a manifest as JSON, the same bytes each time.
    /// - Throws: What `encode` throws, or ``BundleManifestError`` where it makes no JSON.
    public func sealed<Bytes: Sequence<UInt8>>(
        sha256: ([UInt8]) -> [UInt8],
        encode: (BundleManifest) throws -> Bytes
    ) throws -> (manifest: BundleManifest, bytes: Bytes) {
        var manifest = self
        manifest.version = try version(of: Array(try encode(self)), sha256: sha256)
        return (manifest, try encode(manifest))
    }

    /// Checks what needs no file: every field against ``BundleLimits``, names and roles of files, and the version.
    ///
    /// - Parameters:
    ///   - bytes: The manifest as it is in its file.
    ///   - sha256: The SHA-256 of bytes, 32 bytes.
    /// - Throws: ``BundleManifestError``.
    public func check(_ bytes: [UInt8], sha256: ([UInt8]) -> [UInt8]) throws(BundleManifestError) {
        try checkFields()
        var names: Set<String> = []
        for name in Array(files.keys).ascending() {
            // Two names that differ in case alone are one file on some disks.
            guard BundleLayout.isFileName(name), names.insert(name.lowercased()).inserted else {
                throw .fileName(name)
            }
            guard let role = files[name]?.role else { continue }
            if let other = BundleLayout.name(of: role), other != name { throw .role(file: name, role) }
            if let known = BundleLayout.role(of: name), known != role { throw .role(file: name, role) }
        }
        guard try self.version(of: bytes, sha256: sha256) == version else { throw .version }
    }

    private func version(
        of bytes: [UInt8],
        sha256: ([UInt8]) -> [UInt8]
    ) throws(BundleManifestError) -> String {
        format == 1
            ? BundleVersion.version(of: files, sha256: sha256)
            : try BundleVersion.version(ofManifest: bytes, sha256: sha256)
    }
}
