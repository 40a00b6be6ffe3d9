import MetaNetworkMarkup

/// The dashboard's look: one column on a phone, light or dark as the system is.
enum DashboardStyle {
    /// The style sheet: the palette's variables, and the rules that use them.
    static let css = colours + EmbeddedTexts.style_css

    private static let colours = """
        :root { \(Palette.variables(\.light, lines)) color-scheme: light; }
        @media (prefers-color-scheme: dark) {
        :root { \(Palette.variables(\.dark, lines)) color-scheme: dark; }
        }

        """

    /// The lines of the charts.
    private static let lines = ["s0": Palette.link, "s1": Palette.contrast]
}
