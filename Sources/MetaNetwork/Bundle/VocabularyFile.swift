/// The file `vocabulary.tsv`: one line for each item, its raw id, a tab and its index, in order of the index from 1.
///
/// Backslash, tab, line feed and carriage return in a raw id are written as `\\`, `\t`, `\n` and `\r`.
public enum VocabularyFile {
    /// The file of some raw ids.
    ///
    /// - Parameter names: The raw ids in order of their indices.
    public static func bytes(_ names: some Sequence<String>) -> [UInt8] {
        var bytes: [UInt8] = []
        for (place, name) in names.enumerated() {
            for byte in name.utf8 {
                if let letter = escapes.first(where: { $0.byte == byte })?.letter {
                    bytes += [backslash, letter]
                } else {
                    bytes.append(byte)
                }
            }
            bytes.append(tab)
            bytes += String(place + 1).utf8
            bytes.append(lineFeed)
        }
        return bytes
    }

    /// The raw ids of a file, in order of their indices.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - count: Number of items that there must be.
    public static func names(
        in bytes: UnsafeRawBufferPointer,
        count: Int
    ) throws(VocabularyFileError) -> [String] {
        var names: [String] = []
        for line in bytes.split(separator: lineFeed) {
            let index = names.count + 1
            let fields = line.split(separator: tab, omittingEmptySubsequences: false)
            guard index <= count, fields.count == 2, Int(String(decoding: fields[1], as: UTF8.self)) == index,
                let name = name(fields[0])
            else { throw .line(index) }
            names.append(name)
        }
        guard names.count == count else { throw .count(found: names.count, expected: count) }
        return names
    }

    /// The same for an array.
    public static func names(in bytes: [UInt8], count: Int) throws(VocabularyFileError) -> [String] {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(VocabularyFileError) in try names(in: bytes, count: count) }
        }
        return try result.get()
    }

    /// A raw id without escapes; `nil` where it is not UTF-8.
    private static func name(_ field: Slice<UnsafeRawBufferPointer>) -> String? {
        guard field.contains(backslash) else { return text(field) }
        var bytes: [UInt8] = []
        var isEscaped = false
        for byte in field {
            if !isEscaped, byte == backslash {
                isEscaped = true
                continue
            }
            let meant = isEscaped ? escapes.first { $0.letter == byte }?.byte : nil
            bytes.append(meant ?? byte)
            isEscaped = false
        }
        return text(bytes)
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String? {
        // Decoding repairs what is not UTF-8, so a difference tells that it was not.
        let text = String(decoding: bytes, as: UTF8.self)
        return text.utf8.elementsEqual(bytes) ? text : nil
    }

    private static let backslash = UInt8(ascii: "\\")
    private static let tab = UInt8(ascii: "\t")
    private static let lineFeed = UInt8(ascii: "\n")
    /// The bytes that are escaped, and the letter that each is written as.
    private static let escapes: [(byte: UInt8, letter: UInt8)] = [
        (backslash, backslash), (tab, UInt8(ascii: "t")), (lineFeed, UInt8(ascii: "n")),
        (UInt8(ascii: "\r"), UInt8(ascii: "r")),
    ]
}

/// Why bytes are no `vocabulary.tsv`.
public enum VocabularyFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line of this number, from 1, is none, or one too many.
    case line(Int)
    /// The raw id of the line of this number, from 1, is that of an earlier line.
    case repeated(Int)
    /// There are too few items.
    case count(found: Int, expected: Int)

    /// What is wrong.
    public var description: String {
        switch self {
        case .line(let index): "line \(index) is not a raw id, a tab and \(index)"
        case .repeated(let index): "line \(index) has a raw id that is there already; an id has one index"
        case .count(let found, let expected): "it has \(found) items, the manifest says \(expected)"
        }
    }
}
