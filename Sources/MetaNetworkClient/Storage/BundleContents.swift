import Foundation

/// A bundle's bytes, from the app, the disk or the network.
struct BundleContents: Sendable {
    let manifest: Data
    let device: Data
    let vocabulary: Data
}
