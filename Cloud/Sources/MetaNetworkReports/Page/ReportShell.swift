import MetaNetworkMarkup

/// What a report has around its sections: one HTML page that needs no other file.
enum ReportShell {
    /// The page.
    ///
    /// - Parameters:
    ///   - title: Text.
    ///   - main: The page's content, HTML.
    ///   - data: What the script draws, as JSON that may stand in a `script` element.
    ///   - plotly: The source of Plotly (see ``ReportAssets/plotly()``).
    static func html(title: String, main: String, data: String, plotly: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(MarkupEscaping.html(title))</title>
        <style>
        \(colours)
        \(ReportAssets.style)
        </style>
        </head>
        <body>
        <main>
        \(main)
        </main>
        <script type="application/json" id="chart-data">\(data)</script>
        <script>\(MarkupEscaping.script(plotly))</script>
        <script>\(MarkupEscaping.script(ReportAssets.script))</script>
        </body>
        </html>

        """
    }

    /// The colours of the series; the style sheet has all others.
    private static var colours: String {
        func variables(_ side: (Palette.Colour) -> String) -> String {
            Palette.series.enumerated().map { "--g\($0): \(side($1));" }.joined(separator: " ")
        }
        return """
            :root { \(variables(\.light)) }
            @media screen and (prefers-color-scheme: dark) { :root:not([data-printing]) { \(variables(\.dark)) } }
            """
    }
}
