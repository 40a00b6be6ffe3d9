/// The indices of raw ids, which are distinct.
///
/// Ids are compared byte by byte: two spellings of one letter are two items, as in training.
public struct VocabularyIndex: Sendable {
    private struct RawID: Hashable {
        let text: String

        static func == (a: RawID, b: RawID) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    private let indices: [RawID: Int]

    /// Numbers raw ids from 1.
    ///
    /// - Throws: ``VocabularyFileError/repeated(_:)`` where an id occurs twice: later items would have another's weights.
    public init(_ names: [String]) throws(VocabularyFileError) {
        var indices: [RawID: Int] = [:]
        indices.reserveCapacity(names.count)
        for (place, name) in names.enumerated() {
            guard indices.updateValue(place + 1, forKey: RawID(text: name)) == nil else { throw .repeated(place + 1) }
        }
        self.indices = indices
    }

    /// The index of a raw id; `nil` for one that is not there.
    public subscript(name: String) -> Int? { indices[RawID(text: name)] }
}
