import Foundation
import MetaNetwork

/// Raw ids and their indices, from a bundle's `vocabulary.tsv`.
struct ItemVocabulary: Sendable {
    /// The raw id of index i is at place i - 1.
    private let names: [String]
    private let indices: VocabularyIndex

    /// Reads a `vocabulary.tsv`.
    ///
    /// - Throws: ``ClientError/unusable(what:reason:)``.
    init(_ data: Data, count: Int) throws(ClientError) {
        do {
            names = try data.withUnsafeBytes { try VocabularyFile.names(in: $0, count: count) }
            indices = try VocabularyIndex(names)
        } catch {
            throw .unusable(what: BundleFile.vocabulary.name, reason: "\(error)")
        }
    }

    /// The index of a raw id; `nil` for one that the model does not know.
    func index(of name: String) -> Int? { indices[name] }

    /// The raw id of an index.
    func name(of index: Int) -> String? { names.indices.contains(index - 1) ? names[index - 1] : nil }
}
