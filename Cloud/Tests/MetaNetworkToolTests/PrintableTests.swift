import MetaNetworkMarkup
import Testing

@testable import metanetwork

@Suite("Text on a terminal")
struct PrintableTests {
    @Test("shows control characters and does not obey them; other text stays as it is")
    func commands() {
        #expect("a\u{1B}[2Jb".printable == #"a\u{1B}[2Jb"#)
        #expect("\u{9B}1m\u{7F}\r\u{0}".printable == #"\u{9B}1m\u{7F}\u{D}\u{0}"#)
        let text = "Amélie\t(1)\n映画 👩‍👩‍👧"
        #expect(text.printable == text)
        // A line end and a carriage return are one character to Swift.
        #expect("a\r\nb".printable == #"a\u{D}"# + "\nb")
    }
}
