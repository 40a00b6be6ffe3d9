import Foundation

/// A bundle's bytes, from the app, the disk or the network.
struct BundleContents: Sendable {
    let manifest: Data
    let device: Data
    let vocabulary: Data
    /// The files that not every bundle has.
    var others: [BundleFile: Data] = [:]

    subscript(file: BundleFile) -> Data? {
        switch file {
        case .device: device
        case .vocabulary: vocabulary
        case .gate, .switcher, .prompt, .basis: others[file]
        }
    }
}
