import CRelease

/// Which release a program is of.
package enum Release {
    /// The version: that of the file `VERSION`, which `scripts/check-release` compares.
    package static let version = "0.2.0"

    /// The version, and where `make` built the program the commit too: `0.2.0 (1a2b3c4)`.
    package static var text: String {
        let commit = String(cString: metanetwork_commit())
        return commit.isEmpty ? version : "\(version) (\(commit))"
    }
}
