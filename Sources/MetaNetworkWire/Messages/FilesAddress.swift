/// Where the files of a manifest are besides the service itself: `ADDRESS/SHA256` is the file with that digest.
///
/// The header that names it is not signed and need not be: a device takes no bytes that have not the digest of the signed manifest, sends no
/// token there, and asks the service itself where it does not get the file.
public enum FilesAddress {
    /// The header of the manifest's answer.
    public static let header = "MetaNetwork-Files"
}
