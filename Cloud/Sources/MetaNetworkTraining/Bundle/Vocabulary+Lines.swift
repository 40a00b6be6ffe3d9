import MetaNetworkData

/// `vocabulary.tsv`: one line an item, its raw id and its index, in order of the index. Backslash, tab and line ends in
/// a raw id are written as `\\`, `\t`, `\n` and `\r`.
extension Vocabulary {
    static func lines(_ vocabulary: Vocabulary) -> String {
        var text = ""
        for index in 0..<vocabulary.count { text += "\(escape(vocabulary[index]))\t\(index + 1)\n" }
        return text
    }

    /// The raw ids of a `vocabulary.tsv`, in order of their indices.
    ///
    /// - Throws: ``BundleError`` where a line is none, or there are not `count`.
    public static func names(_ text: String, count: Int) throws -> [String] {
        let file = ModelBundle.FileName.vocabulary
        var names: [String] = []
        names.reserveCapacity(count)
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            guard fields.count == 2, Int(Substring(fields[1])) == names.count + 1 else {
                throw BundleError(file, "line \(names.count + 1) is not a raw id, a tab and \(names.count + 1)")
            }
            names.append(unescape(Substring(fields[0])))
        }
        guard names.count == count else {
            throw BundleError(file, "has \(names.count) items, the manifest says \(count)")
        }
        return names
    }

    private static func escape(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == 92 || $0 == 9 || $0 == 10 || $0 == 13 }) else { return name }
        var text = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\t": text += "\\t"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func unescape(_ text: Substring) -> String {
        guard text.utf8.contains(92) else { return String(text) }
        var name = ""
        var isEscaped = false
        for scalar in text.unicodeScalars {
            guard isEscaped || scalar != "\\" else {
                isEscaped = true
                continue
            }
            switch (isEscaped, scalar) {
            case (true, "t"): name += "\t"
            case (true, "n"): name += "\n"
            case (true, "r"): name += "\r"
            default: name.unicodeScalars.append(scalar)
            }
            isEscaped = false
        }
        return name
    }
}
