import MetaNetworkMarkup

/// The frame of the dashboard's pages. Styles and scripts are files of their own, so that the browser can be told to run nothing
/// else.
enum DashboardFrame {
    /// A page.
    ///
    /// - Parameters:
    ///   - title: Its name in the navigation.
    ///   - hasTrial: Whether there is a page to try the models on.
    ///   - script: Name of its script.
    ///   - body: What is on it.
    static func page(title: String, hasTrial: Bool, script: String, body: Markup) -> Markup {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title) \u{2013} MetaNetwork</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/dashboard/style.css">
        <script src="/dashboard/\(script).js" defer></script>
        </head>
        <body>
        <header><h1>MetaNetwork</h1>\(navigation(title, hasTrial))</header>
        <main>\(body)</main>
        </body>
        </html>
        """
    }

    private static func navigation(_ title: String, _ hasTrial: Bool) -> Markup {
        guard hasTrial else { return "" }
        let links = [("Service", "/"), ("Try it", "/try")].map { name, path -> Markup in
            name == title ? "<a href=\"\(path)\" aria-current=\"page\">\(name)</a>" : "<a href=\"\(path)\">\(name)</a>"
        }
        return "<nav>\(links)</nav>"
    }
}
