/// The header `ETag`.
enum EntityTag {
    /// A tag by which a part of a file may be asked for; `nil` where it is weak, or no tag that may stand in a header.
    static func strong(_ tag: String?) -> String? {
        guard let tag, (2...256).contains(tag.utf8.count), tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
        let inner = tag.utf8.dropFirst().dropLast()
        return inner.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") } ? tag : nil
    }
}
