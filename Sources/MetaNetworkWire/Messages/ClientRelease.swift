/// What a client says of itself with each request: its library, and that library's release, as `swift/0.2.0`.
///
/// Services count by it what is still in use, and refuse nobody for it. All apps with a release say the same. Requests for a manifest
/// alone add what the device can do, which the app may keep.
public enum ClientRelease {
    /// The release of this package: that of the file `VERSION`, which `scripts/check-release` compares.
    public static let version = "0.2.0"

    /// Name of the header.
    public static let header = "MetaNetwork-Client"

    /// What this package's client says.
    public static let text = "swift/\(version)"
}
