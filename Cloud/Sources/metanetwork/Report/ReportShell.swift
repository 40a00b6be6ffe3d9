/// What all reports have around their sections: one HTML page that needs no other file.
enum ReportShell {
    /// The page.
    ///
    /// - Parameters:
    ///   - title: HTML.
    ///   - main: The page's content, HTML.
    ///   - data: What the script draws, as JSON that may stand in a `script` element.
    ///   - script: Draws the charts.
    ///   - plotly: The source of Plotly (see ``ReportAssets/plotly()``).
    static func html(title: String, main: String, data: String, script: String, plotly: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title)</title>
        <style>
        \(ReportStyle.css)
        </style>
        </head>
        <body>
        <main>
        \(main)
        </main>
        <script type="application/json" id="chart-data">\(data)</script>
        <script>\(MarkupEscaping.script(plotly))</script>
        <script>\(script)</script>
        </body>
        </html>

        """
    }

    /// A section.
    ///
    /// - Parameters:
    ///   - id: Of its heading.
    ///   - title: HTML.
    ///   - note: How to read it, HTML.
    ///   - content: HTML.
    static func section(_ id: String, _ title: String, note: String, _ content: String) -> String {
        """
        <section aria-labelledby="\(id)">
        <h2 id="\(id)">\(title)</h2>
        <p class="note">\(note)</p>
        \(content)
        </section>
        """
    }

    /// The settings, and the command that makes the report again.
    static func configuration(_ settings: [String: String], command: String, note: String) -> String {
        let settings = settings.sorted { $0.key < $1.key }.map { name, value in
            "<div><dt>\(MarkupEscaping.html(name))</dt><dd>\(MarkupEscaping.html(value))</dd></div>"
        }
        // A word is not broken at the hyphens of an option, where the line would otherwise end first.
        let words = command.split(separator: " ").map { "<span>\(MarkupEscaping.html(String($0)))</span>" }
        let content = """
            <pre tabindex="0" aria-label="Command"><code>\(words.joined(separator: " "))</code></pre>
            <dl class="settings">\(settings.joined())</dl>
            """
        return section("configuration", "Configuration", note: note, content)
    }
}
