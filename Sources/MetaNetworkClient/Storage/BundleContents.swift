import Foundation

/// A bundle's bytes, from the app, the disk or the network.
struct BundleContents: Sendable {
    let manifest: Data
    let device: Data
    let vocabulary: Data
    /// `nil` where the bundle has none.
    var gate: Data?
    /// `nil` where the bundle has none.
    var prompt: Data?

    subscript(file: BundleFile) -> Data? {
        switch file {
        case .device: device
        case .vocabulary: vocabulary
        case .gate: gate
        case .prompt: prompt
        }
    }
}
