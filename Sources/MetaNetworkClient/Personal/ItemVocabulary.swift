import Foundation
import MetaNetwork

/// Raw ids and their indices, from a bundle's `vocabulary.tsv`.
struct ItemVocabulary: Sendable {
    /// The raw id of index i is at place i - 1.
    private let names: [String]
    private let indices: [RawID: Int]

    /// A raw id that equals another only byte by byte: two spellings of one letter are two items, as in training.
    private struct RawID: Hashable {
        let text: String

        static func == (a: RawID, b: RawID) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    /// Reads a `vocabulary.tsv`.
    ///
    /// - Throws: ``ClientError/unusable(what:reason:)``.
    init(_ data: Data, count: Int) throws(ClientError) {
        do {
            names = try data.withUnsafeBytes { try VocabularyFile.names(in: $0, count: count) }
        } catch {
            throw .unusable(what: BundleFile.vocabulary.name, reason: "\(error)")
        }
        indices = Dictionary(zip(names.map(RawID.init), 1...)) { first, _ in first }
    }

    /// The index of a raw id; `nil` for one that the model does not know.
    func index(of name: String) -> Int? { indices[RawID(text: name)] }

    /// The raw id of an index.
    func name(of index: Int) -> String? { names.indices.contains(index - 1) ? names[index - 1] : nil }
}
