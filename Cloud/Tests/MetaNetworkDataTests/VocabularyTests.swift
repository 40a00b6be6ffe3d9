import Testing

@testable import MetaNetworkData

@Suite("A vocabulary")
struct VocabularyTests {
    @Test("spreads keys that were made up to land in one place of a hash without a seed")
    func flooding() {
        // What the fold is with constants that anybody can read in the source.
        func known(_ value: UInt64) -> UInt64 {
            let product = (value ^ 0xCBF2_9CE4_8422_2325).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
            return product.high ^ product.low
        }
        let crafted = (0..<UInt64(1) << 21).filter { known($0) & 0x1FFF == 0 }
        #expect(crafted.count > 100)
        #expect(Set(crafted.map { Vocabulary.fold($0) & 0x1FFF }).count > crafted.count / 2)
    }

    @Test("gives indices in order of first appearance, whatever the seed")
    func order() {
        let names = (0..<5000).map { "item \($0 * 7919 % 5000) of a long name" } + ["a", "", "b"]
        let vocabulary = Vocabulary(names + names)
        #expect(vocabulary.count == names.count)
        for (index, name) in names.enumerated() { #expect(vocabulary.index(of: name) == index) }
        #expect(vocabulary.index(of: "c") == nil && vocabulary == Vocabulary(names))
    }
}
