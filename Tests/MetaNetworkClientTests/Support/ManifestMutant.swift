import Foundation
import MetaNetwork

/// A manifest in which one field is missing, of another type or at an extreme, and whose version is right all the same.
struct ManifestMutant: CustomStringConvertible {
    let field: String
    let value: String
    let bytes: Data

    var description: String { "\(field) = \(value)" }

    /// What a field is given in turn; `nil` removes it.
    private static var values: [(name: String, value: Any?)] {
        [
            ("missing", nil), ("null", NSNull()), ("-1", -1), ("0", 0), ("1", 1), ("2", 2), ("4096", 4096),
            ("4097", 4097),
            ("10000", 10_000), ("10001", 10_001), ("2^20", 1 << 20), ("2^20 + 1", 1 << 20 + 1), ("2^31", 1 << 31),
            ("2^62", 1 << 62), ("Int.max", Int.max), ("Int.min", Int.min), ("1e300", 1e300), ("0.5", 0.5),
            ("text", "text"),
            ("empty text", ""), ("true", true), ("[]", [Any]()), ("{}", [String: Any]()), ("[1, 1]", [1, 1]),
            ("[a, a]", ["a", "a"]),
        ]
    }

    /// Every field of a manifest with every value.
    ///
    /// - Parameters:
    ///   - manifest: JSON.
    ///   - sha256: The SHA-256 of bytes, 32 bytes.
    static func all(of manifest: Data, sha256: ([UInt8]) -> [UInt8]) throws -> [ManifestMutant] {
        let document = try JSONSerialization.jsonObject(with: manifest)
        return try paths(in: document).flatMap { path in
            try values.map { name, value in
                var mutant = document
                set(value, at: path[...], in: &mutant)
                if path != ["version"], var members = mutant as? [String: Any] {
                    let bytes = try JSONSerialization.data(withJSONObject: mutant)
                    members["version"] = try BundleVersion.version(ofManifest: Array(bytes), sha256: sha256)
                    mutant = members
                }
                let bytes = try JSONSerialization.data(withJSONObject: mutant, options: .sortedKeys)
                return ManifestMutant(field: path.joined(separator: "."), value: name, bytes: bytes)
            }
        }
    }

    /// The way to each member and element, that to the whole left out.
    private static func paths(in value: Any) -> [[String]] {
        let parts: [(String, Any)] =
            switch value {
            case let members as [String: Any]: members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            case let elements as [Any]: elements.enumerated().map { (String($0.offset), $0.element) }
            default: []
            }
        return parts.flatMap { key, part in [[key]] + paths(in: part).map { [key] + $0 } }
    }

    private static func set(_ value: Any?, at path: ArraySlice<String>, in document: inout Any) {
        guard let key = path.first else { return }
        let rest = path.dropFirst()
        if var members = document as? [String: Any] {
            if rest.isEmpty {
                members[key] = value
            } else if var part = members[key] {
                set(value, at: rest, in: &part)
                members[key] = part
            }
            document = members
        } else if var elements = document as? [Any], let index = Int(key) {
            if !rest.isEmpty {
                set(value, at: rest, in: &elements[index])
            } else if let value {
                elements[index] = value
            } else {
                elements.remove(at: index)
            }
            document = elements
        }
    }
}
