/// Raw ids and their indices, in order of first appearance from index 0.
///
/// The text lies in one buffer, so that a million ids cost their bytes and not a million strings.
public struct Vocabulary: Sendable, Equatable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// Open addressing: index + 1 of the id, 0 where the slot is free; a power of two, at most half full.
    private var slots: [Int32] = [Int32](repeating: 0, count: 16)

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
            let slot = slot(of: text)
            return slots[slot] == 0 ? nil : Int(slots[slot]) - 1
        }
    }

    /// The index of a raw id, which is added if it is new.
    mutating func intern(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        let slot = slot(of: text)
        if slots[slot] != 0 { return Int(slots[slot]) - 1 }
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
        slots[slot] = Int32(ends.count)
        if ends.count * 2 > slots.count { grow() }
        return ends.count - 1
    }

    private func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    /// The slot that holds the text, or the free one where it belongs.
    private func slot(of text: UnsafeBufferPointer<UInt8>) -> Int {
        let mask = slots.count - 1
        var slot = Self.hash(text) & mask
        while slots[slot] != 0 {
            let range = range(Int(slots[slot]) - 1)
            if range.count == text.count, bytes[range].elementsEqual(text) { return slot }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func grow() {
        slots = [Int32](repeating: 0, count: slots.count * 4)
        bytes.withUnsafeBufferPointer { all in
            let mask = slots.count - 1
            for index in ends.indices {
                var slot = Self.hash(UnsafeBufferPointer(rebasing: all[range(index)])) & mask
                while slots[slot] != 0 { slot = (slot + 1) & mask }
                slots[slot] = Int32(index + 1)
            }
        }
    }

    /// FNV-1a with a final mix, for the low bits pick the slot.
    private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 32)) & 0x7FFF_FFFF)
    }
}
