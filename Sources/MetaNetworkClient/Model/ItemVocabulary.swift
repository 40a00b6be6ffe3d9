import Foundation
import MetaNetwork

/// Raw ids and their numbers, from a bundle's `vocabulary.tsv`.
struct ItemVocabulary: Sendable {
    /// The raw id of item i is number i - 1.
    private let names: [String]
    private let numbers: [RawID: Int]

    /// A raw id that equals another only byte by byte: two spellings of one letter are two items, as in training.
    private struct RawID: Hashable {
        let text: String

        static func == (a: RawID, b: RawID) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    /// Reads the lines `raw id, tab, number`, in order from 1.
    ///
    /// - Throws: ``ClientError/unusable(what:reason:)``.
    init(_ data: Data, count: Int) throws(ClientError) {
        var names: [String] = []
        for line in data.split(separator: UInt8(ascii: "\n")) {
            let number = names.count + 1
            let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            guard number <= count, fields.count == 2, Int(String(decoding: fields[1], as: UTF8.self)) == number,
                let text = String(bytes: fields[0], encoding: .utf8)
            else { throw Self.unusable("line \(number) is not a raw id, a tab and \(number)") }
            names.append(Self.unescape(text))
        }
        guard names.count == count else {
            throw Self.unusable("it has \(names.count) items, the manifest says \(count)")
        }
        self.names = names
        numbers = Dictionary(zip(names.map(RawID.init), 1...)) { first, _ in first }
    }

    /// The number of a raw id; `nil` for one that the model does not know.
    func number(of name: String) -> Int? { numbers[RawID(text: name)] }

    /// The raw id of a number.
    func name(of number: Int) -> String? { names.indices.contains(number - 1) ? names[number - 1] : nil }

    private static func unescape(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
        var name = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if !isEscaped, scalar == "\\" {
                isEscaped = true
                continue
            }
            switch (isEscaped, scalar) {
            case (true, "t"): name.append("\t")
            case (true, "n"): name.append("\n")
            case (true, "r"): name.append("\r")
            default: name.append(scalar)
            }
            isEscaped = false
        }
        return String(name)
    }

    private static func unusable(_ reason: String) -> ClientError {
        .unusable(what: BundleFile.vocabulary.rawValue, reason: reason)
    }
}
