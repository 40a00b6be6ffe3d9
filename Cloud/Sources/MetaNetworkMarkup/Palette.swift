/// The colours of the project's pages, on a light and on a dark ground.
///
/// The hues follow the Okabe-Ito set, which stays apart with the common colour-vision deficiencies; the light ones are darkened
/// until a line has a contrast of 3 to 1 on white.
package enum Palette {
    /// A colour on either ground, as CSS writes it.
    package struct Colour: Sendable {
        /// On a light ground.
        package let light: String
        /// On a dark ground.
        package let dark: String

        /// Creates a colour.
        package init(_ light: String, _ dark: String) {
            self.light = light
            self.dark = dark
        }
    }

    /// The page.
    package static let ground = Colour("#ffffff", "#121417")
    /// A raised part of the page.
    package static let panel = Colour("#ffffff", "#181b1f")
    /// Text.
    package static let ink = Colour("#16191d", "#e8eaed")
    /// Text of less weight.
    package static let muted = Colour("#5b636e", "#a0a8b3")
    /// Lines between parts.
    package static let rule = Colour("#e1e4e8", "#2c3138")
    /// The ground of notes.
    package static let soft = Colour("#f5f6f8", "#1e2227")
    /// Links, and the first line of a chart.
    package static let link = Colour("#0068b0", "#5cb5f2")
    /// The second line of a chart of two.
    package static let contrast = Colour("#c2560c", "#f0965a")
    /// What is well or better.
    package static let good = Colour("#0b6b4a", "#4fd1a1")
    /// What is wrong or worse.
    package static let bad = Colour("#a8324a", "#ff8fa3")

    private static let pink = Colour("#b8317f", "#f08bc3")

    /// The lines of a chart of many, in order; the last one is for what has no place of its own.
    package static let series = [
        Colour("#6b7280", "#a3abb8"), Colour("#b87900", "#e8a92e"), Colour("#00896a", "#35c79f"), link,
        pink, Colour("#7a5c3e", "#c9a988"),
    ]

    /// What a drawing of an architecture has beside the colours of pages, by the name of its CSS variable.
    package static let drawing = [
        "line": Colour("#8a929e", "#6b7480"), "static": Colour("#eef1f5", "#1e2227"),
        "static-line": Colour("#b4bcc8", "#3d4550"), "dynamic": pink, "dynamic-soft": Colour("#fbe9f3", "#3a1f30"),
        "input": Colour("#dcebf7", "#17293a"), "input-line": link,
    ]

    /// The colours of pages as CSS variables: `--ground`, `--panel`, `--ink`, `--muted`, `--rule`, `--soft`, `--link`, `--good` and
    /// `--bad`.
    ///
    /// - Parameters:
    ///   - side: Light or dark.
    ///   - more: More variables by name.
    package static func variables(_ side: (Colour) -> String, _ more: [String: Colour] = [:]) -> String {
        let own = [
            ("ground", ground), ("panel", panel), ("ink", ink), ("muted", muted), ("rule", rule), ("soft", soft),
            ("link", link), ("good", good), ("bad", bad),
        ]
        let all = own + more.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return all.map { "--\($0.0): \(side($0.1));" }.joined(separator: " ")
    }
}
