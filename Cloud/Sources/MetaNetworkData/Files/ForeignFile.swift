/// Files that are known by their first bytes, and are not read.
struct ForeignFile {
    private let name: String
    private let start: [UInt8]
    private let fix: String

    private static let all: [ForeignFile] = [
        .init("Arrow", Array("ARROW1".utf8), "write it as CSV or JSON Lines"),
        .init("zip", [0x50, 0x4B, 0x03, 0x04], "unpack it, for example with unzip, and give the file in it"),
        .init("Zstandard", [0x28, 0xB5, 0x2F, 0xFD], "unpack it with zstd -d"),
        .init("bzip2", Array("BZh".utf8), "unpack it with bunzip2"),
        .init("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A], "unpack it with unxz"),
        .init("7z", [0x37, 0x7A, 0xBC, 0xAF], "unpack it with 7z x"),
        .init(
            "SQLite",
            Array("SQLite format 3\0".utf8),
            "write the table as CSV with sqlite3 -header -csv; shared events are --data events:FILE"
        ),
        .init("HDF5", [0x89, 0x48, 0x44, 0x46], "write the table as CSV"),
        .init("UTF-16", [0xFF, 0xFE], "convert it with iconv -f utf-16 -t utf-8"),
        .init("UTF-16", [0xFE, 0xFF], "convert it with iconv -f utf-16 -t utf-8"),
        .init("NumPy", [0x93] + Array("NUMPY".utf8), "write the rows as CSV"),
    ]

    private init(_ name: String, _ start: [UInt8], _ fix: String) {
        (self.name, self.start, self.fix) = (name, start, fix)
    }

    /// Refuses what is no text.
    ///
    /// - Parameters:
    ///   - bytes: The first bytes, unpacked where they were gzip.
    ///   - file: What messages call the file.
    static func refuse(_ bytes: some Collection<UInt8>, _ file: String) throws(DataError) {
        if let kind = all.first(where: { bytes.starts(with: $0.start) }) {
            throw DataError("\(file) is a file of \(kind.name), and text is read here; \(kind.fix)")
        }
        // A tar archive has its mark behind the first name.
        if bytes.dropFirst(257).starts(with: Array("ustar".utf8)) {
            throw DataError("\(file) is a tar archive; unpack it with tar -xf, and give the file in it")
        }
    }
}
