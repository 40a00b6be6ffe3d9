/// The header `ETag`.
enum EntityTag {
    /// The tag of a file by which a part of it may be asked for, also where the answer has the file compressed: as gzip it bears
    /// the same tag with `-gzip` behind, and parts are those of the file itself.
    ///
    /// - Returns: `nil` where the answer has no such tag.
    static func file(_ head: TransportResponse) -> String? {
        guard let tag = strong(head.header("ETag")) else { return nil }
        return tag.hasSuffix("-gzip\"") ? tag.dropLast("-gzip\"".count) + "\"" : tag
    }

    /// A tag by which a part of a file may be asked for; `nil` where it is weak, or no tag that may stand in a header.
    static func strong(_ tag: String?) -> String? {
        guard let tag, (2...256).contains(tag.utf8.count), tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
        let inner = tag.utf8.dropFirst().dropLast()
        return inner.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") } ? tag : nil
    }
}
