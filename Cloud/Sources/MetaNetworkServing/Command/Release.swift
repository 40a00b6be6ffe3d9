import CRelease
import MetaNetworkWire

/// Which release a program is of.
package enum Release {
    /// The version: the one that the package's client says, too.
    package static let version = ClientRelease.version

    /// The version, and where `make` built the program the commit too: `0.2.0 (1a2b3c4)`.
    package static var text: String {
        let commit = String(cString: metanetwork_commit())
        return commit.isEmpty ? version : "\(version) (\(commit))"
    }
}
