import Crypto
import MetaNetwork
import Foundation

extension ModelBundle {
    static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    static func check(_ manifest: BundleManifest, _ data: Data) throws {
        do {
            try manifest.check(Array(data), sha256: sha256)
        } catch {
            throw BundleError(BundleLayout.manifest, error.description)
        }
    }
}
