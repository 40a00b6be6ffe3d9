import Crypto
import Foundation
import MetaNetwork

/// How precisely a published bundle stores the weights that every device fetches.
public enum BasePrecision: String, Sendable, CaseIterable {
    /// Single precision, 4 bytes a value: as they were trained.
    case f32
    /// Half precision, 2 bytes a value.
    case f16
    /// A byte a value of a matrix, with a scale for each column; vectors stay in single precision.
    case int8
}

extension BundleContents {
    /// The same bundle with its base weights in another precision, which makes it another version. Devices of all releases read each.
    ///
    /// - Parameter precision: How they are stored. What lost precision does not come back.
    /// - Throws: ``RegistryError`` where the weights cannot be read, or one is too large for half precision.
    public func storing(base precision: BasePrecision) throws -> BundleContents {
        guard let data = files[BundleLayout.device] else {
            throw RegistryError("the bundle has no \(BundleLayout.device); train or copy it again")
        }
        let type: SafeTensors.ElementType =
            switch precision {
            case .f32: .float32
            case .f16: .float16
            case .int8: .int8
            }
        let encoded: Data
        do {
            let (weights, metadata) = try data.withUnsafeBytes { try SafeTensors.decode($0) }
            encoded = Data(try SafeTensors.encode(weights, metadata: metadata, as: type))
        } catch {
            throw RegistryError(
                "the weights of \(BundleLayout.device) cannot be stored in \(precision.rawValue): \(error); use another precision"
            )
        }
        return try storing(encoded, as: BundleLayout.device)
    }

    /// The same bundle with another file, or with one more, which makes it another version.
    ///
    /// - Parameters:
    ///   - data: The file.
    ///   - name: Its name.
    /// - Throws: ``RegistryError`` where no file of a bundle may have this name.
    public func storing(_ data: Data, as name: String) throws -> BundleContents {
        let digest = Self.sha256([UInt8](data)).hexadecimalDigits
        var manifest = manifest
        // Format 1 has no roles: the name says it.
        let new = manifest.format == 1 ? nil : BundleLayout.role(of: name)
        let role = if let known = manifest.files[name] { known.role } else { new }
        manifest.files[name] = .init(bytes: data.count, sha256: digest, role: role)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let sealed = try manifest.sealed(sha256: Self.sha256) { try encoder.encode($0) }
        let changed = [name: data, BundleLayout.manifest: sealed.bytes]
        return try BundleContents(manifest: sealed.manifest, files: files.merging(changed) { $1 })
    }

    private static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
}
