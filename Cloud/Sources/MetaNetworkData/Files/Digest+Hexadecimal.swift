import Crypto

extension Digest {
    /// The digest in lower-case hexadecimal.
    public var hexadecimal: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
