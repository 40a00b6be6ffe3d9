import MetaNetworkMarkup
import Testing

@testable import MetaNetworkServer

@Suite("The dashboard's style")
struct DashboardStyleTests {
    @Test("takes every colour from the palette, on a light and on a dark ground")
    func colours() {
        let css = DashboardStyle.css
        let used = Set(css.matches(of: /var\(--([a-z0-9]+)\)/).map { String($0.output.1) })
        #expect(used.contains("ink") && used.contains("s1"))
        let defined = css.matches(of: /--([a-z0-9]+):/).map { String($0.output.1) }
        for name in used { #expect(defined.count { $0 == name } == 2, "\(name)") }
        let rules = EmbeddedTexts.style_css
        #expect(rules.matches(of: /#[0-9a-fA-F]{3,8}\b/).isEmpty)
    }

    @Test("numbers read alike on pages and in the terminal, but for the signs")
    func numbers() {
        let (page, terminal) = (NumberText.typographic, NumberText.plain)
        #expect(page.signed(-0.5, decimals: 1) == "\u{2212}0.5" && terminal.signed(-0.5, decimals: 1) == "-0.5")
        #expect(page.interval(from: -0.00001, to: 0.25) == "[\u{2212}0.0000,\u{a0}+0.2500]")
        #expect(terminal.short(nil) == "-" && page.short(nil) == "\u{2013}")
        #expect(terminal.grouped(-12_345) == "-12,345" && page.short(-0.001) == "0.00")
    }

    @Test("a page's markup escapes text and leaves markup as it is")
    func markup() {
        let text = "<a href='x'>&\"</a>"
        let inner: Markup = "<b>\(text)</b>"
        let markup: Markup = "<p title=\"\(text)\">\(inner)\([inner, inner])\(7)</p>"
        let escaped = "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;"
        #expect(markup.html == "<p title=\"\(escaped)\"><b>\(escaped)</b><b>\(escaped)</b>\n<b>\(escaped)</b>7</p>")
    }
}
