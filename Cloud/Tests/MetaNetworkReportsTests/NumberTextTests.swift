import MetaNetworkReports
import MetaNetworkMarkup
import Testing

@Suite("Numbers as text")
struct NumberTextTests {
    @Test("a number that rounds to 0 has no sign, but the end of an interval keeps it")
    func signs() {
        let numbers = NumberText.plain
        #expect(numbers.signed(-0.00001) == "0.0000")
        #expect(numbers.signed(0.5) == "+0.5000")
        #expect(numbers.interval(from: -0.2, to: -0.00001) == "[-0.2000, -0.0000]")
        #expect(numbers.fixed(.nan) == "-")
        #expect(numbers.grouped(1_234_567) == "1,234,567")
    }
}
