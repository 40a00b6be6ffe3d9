/// Raw ids and their indices, in order of first appearance from index 0.
///
/// The text is stored in one buffer, so that a million ids cost their bytes and not a million strings.
public struct Vocabulary: Sendable, Equatable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// Open addressing; a power of two, at most half full.
    private var slots = [Slot](repeating: Slot(), count: 16)

    /// Where an id may be: looking a short id up touches this and nothing else, for memory is what a look-up waits for.
    private struct Slot: Sendable, Equatable {
        /// The text itself where it is short, else its hash.
        var key: UInt64 = 0
        /// Index + 1 of the id, 0 where the slot is free.
        var place: Int = 0
    }

    /// Creates an empty vocabulary.
    public init() {}

    /// Creates a vocabulary of distinct raw ids.
    public init(_ names: some Sequence<String>) {
        for name in names { append(name) }
    }

    /// The index of a raw id, which is added if it is new.
    @discardableResult
    mutating func append(_ name: String) -> Int {
        var name = name
        return name.withUTF8 { intern($0) }
    }

    /// Number of ids.
    public var count: Int { ends.count }

    /// The raw id of an index.
    public subscript(index: Int) -> String {
        String(decoding: bytes[range(index)], as: UTF8.self)
    }

    /// The index of a raw id, or `nil` where it is unknown.
    public func index(of name: String) -> Int? {
        var name = name
        return name.withUTF8 { text in
            let place = slots[slot(of: text, Self.key(text))].place
            return place == 0 ? nil : place - 1
        }
    }

    /// The index of a raw id, which is added if it is new.
    mutating func intern(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        let key = Self.key(text)
        let slot = slot(of: text, key)
        if slots[slot].place != 0 { return slots[slot].place - 1 }
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
        slots[slot] = Slot(key: key, place: ends.count)
        if ends.count * 2 > slots.count { grow() }
        return ends.count - 1
    }

    private func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    /// The slot that holds the text, or the free one where it belongs.
    private func slot(of text: UnsafeBufferPointer<UInt8>, _ key: UInt64) -> Int {
        slots.withUnsafeBufferPointer { slots in
            let mask = slots.count - 1
            var slot = Int(truncatingIfNeeded: Self.fold(key)) & mask
            while slots[slot].place != 0 {
                if slots[slot].key == key, text.count <= Self.shortLength || holds(text, at: slots[slot].place - 1) {
                    return slot
                }
                slot = (slot + 1) & mask
            }
            return slot
        }
    }

    private func holds(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        let range = range(index)
        return range.count == text.count && bytes[range].elementsEqual(text)
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        let mask = slots.count - 1
        for entry in old where entry.place != 0 {
            var slot = Int(truncatingIfNeeded: Self.fold(entry.key)) & mask
            while slots[slot].place != 0 { slot = (slot + 1) & mask }
            slots[slot] = entry
        }
    }

    /// Longest text that a key holds whole, with its length in the byte above.
    private static let shortLength = 7

    /// The text and its length where it is short, else a hash of it that no short text's key equals.
    private static func key(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard text.count > shortLength else {
            return text.reduce(0) { $0 << 8 | UInt64($1) } | UInt64(text.count) << 56
        }
        let bytes = UnsafeRawBufferPointer(text)
        var hash = UInt64(text.count)
        for start in stride(from: 0, through: bytes.count - 8, by: 8) {
            hash = fold(hash ^ bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        // The last eight bytes, of which some may be in the hash already.
        return fold(hash ^ bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)) | 0xFF << 56
    }

    /// Spreads keys over all slots, runs of numbers too. Ids come from devices: without knowing the seed nobody can make up many
    /// that land in one place. Indices do not depend on it.
    static func fold(_ value: UInt64) -> UInt64 {
        let product = (value ^ seed.mask).multipliedFullWidth(by: seed.factor)
        return product.high ^ product.low
    }

    /// Another one in each process; the factor is odd and large.
    private static let seed = (
        mask: UInt64.random(in: .min ... .max), factor: UInt64.random(in: .min ... .max) | 1 | 1 << 63
    )
}
