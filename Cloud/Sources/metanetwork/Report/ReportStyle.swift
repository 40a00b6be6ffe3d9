/// The look of the page. The script takes the charts' colours from here too.
enum ReportStyle {
    /// The style sheet.
    static var css: String {
        """
        :root { \(lightColours) }
        @media screen and (prefers-color-scheme: dark) {
        :root:not([data-printing]) { \(darkColours) }
        }
        \(typography)
        \(tables)
        \(figures)
        \(phone)
        \(print)
        """
    }

    private static var lightColours: String {
        variables(\.light) + """
            --ground: #ffffff; --panel: #ffffff; --ink: #16191d; --muted: #5b636e; --rule: #e1e4e8; --soft: #f5f6f8;
            --better: #0b6b4a; --worse: #a8324a; --link: #0068b0; color-scheme: light;
            """
    }

    private static var darkColours: String {
        variables(\.dark) + """
            --ground: #121417; --panel: #181b1f; --ink: #e8eaed; --muted: #a0a8b3; --rule: #2c3138; --soft: #1e2227;
            --better: #4fd1a1; --worse: #ff8fa3; --link: #5cb5f2; color-scheme: dark;
            """
    }

    private static func variables(_ side: ((light: String, dark: String)) -> String) -> String {
        GeneratorStyle.colours.enumerated().map { "--g\($0): \(side($1)); " }.joined()
    }

    private static let typography = """
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system,
          "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
        main { max-width: 1120px; margin: 0 auto; padding: 56px 32px 96px; }
        h1 { font-size: 15px; font-weight: 600; color: var(--muted); margin: 0 0 12px; overflow-wrap: anywhere; }
        .finding { font-size: 23px; line-height: 1.4; font-weight: 600; letter-spacing: -.012em; margin: 0;
          max-width: 42em; text-wrap: pretty; overflow-wrap: anywhere; }
        .caveats { margin: 18px 0 0; padding: 0 0 0 18px; color: var(--muted); max-width: 68em; overflow-wrap: anywhere; }
        .caveats li { margin: 3px 0; }
        section { margin-top: 72px; }
        h2 { font-size: 20px; line-height: 1.3; letter-spacing: -.01em; margin: 0 0 6px; }
        h3 { font-size: 15px; margin: 32px 0 10px; overflow-wrap: anywhere; }
        h4 { font-size: 13px; font-weight: 600; margin: 0; }
        .note { color: var(--muted); margin: 0; max-width: 62em; }
        dl, dd { margin: 0; }
        .facts { display: flex; flex-wrap: wrap; gap: 16px 44px; margin-top: 32px; padding-top: 20px;
          border-top: 1px solid var(--rule); }
        dt { color: var(--muted); font-size: 13px; }
        .facts dd { font-size: 19px; font-weight: 600; }
        .settings { columns: 3 260px; column-gap: 40px; margin-top: 20px; }
        .settings div { display: flex; justify-content: space-between; gap: 16px; padding: 6px 0; break-inside: avoid;
          border-bottom: 1px solid var(--rule); }
        .settings dd { text-align: right; overflow-wrap: anywhere; min-width: 0; }
        pre { margin: 16px 0 0; padding: 14px 16px; background: var(--soft); border-radius: 8px; white-space: pre-wrap;
          overflow-wrap: anywhere; font: 13px/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
        pre span { display: inline-block; max-width: 100%; }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
        """

    /// The share of users who lost is hatched: green and red of the same lightness look alike to many.
    private static let tables = """
        table { width: 100%; border-collapse: collapse; }
        caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        th, td { text-align: right; vertical-align: top; padding: 10px 0 10px 20px; border-top: 1px solid var(--rule);
          font-weight: 400; }
        th:first-child { text-align: left; padding-left: 0; width: 25%; }
        th:first-child > div { display: flex; gap: 10px; align-items: baseline; overflow-wrap: anywhere; }
        thead th { color: var(--muted); font-size: 13px; padding-top: 8px; padding-bottom: 8px; border-top: 0;
          vertical-align: bottom; }
        .swatch { flex: none; position: relative; top: -2px; }
        td small, .legend small { color: var(--muted); font-size: 12px; }
        .value, .change, .interval { display: block; white-space: nowrap; }
        .change { font-size: 13px; color: var(--muted); }
        .change b { font-weight: 500; }
        .change i { font-style: normal; margin-right: 5px; }
        .change.better b { color: var(--better); font-weight: 600; }
        .change.worse b { color: var(--worse); font-weight: 600; }
        .interval { font-size: 12px; }
        .panel { border: 1px solid var(--rule); border-radius: 10px; padding: 16px 20px 6px; margin-top: 14px;
          background: var(--panel); }
        details { border-top: 1px solid var(--rule); }
        summary { color: var(--link); font-size: 13px; cursor: pointer; padding: 10px 0; }
        details table { font-size: 13px; }
        details .change { font-size: 12px; }
        .stack { display: inline-flex; width: 150px; height: 10px; overflow: hidden; vertical-align: middle; }
        .stack { border-radius: 2px; }
        .gained { background: var(--better); } .unchanged { background: var(--rule); }
        .lost { background: repeating-linear-gradient(135deg, var(--worse) 0 2px, transparent 2px 4px); }
        .stack + small { display: inline-block; min-width: 84px; white-space: nowrap; }
        td:first-of-type:has(.stack) { white-space: nowrap; }
        .track { display: inline-block; width: 110px; height: 6px; margin-right: 10px; vertical-align: middle; }
        .bar { display: block; height: 6px; border-radius: 3px; }
        """

    private static let figures = """
        figure { margin: 0; }
        .chart { width: 100%; height: 380px; }
        .chart.history { height: 320px; }
        .chart.histogram { height: 260px; }
        .legend { display: flex; flex-wrap: wrap; gap: 2px 8px; margin: 0 0 4px -8px; }
        .legend button { display: inline-flex; align-items: baseline; gap: 8px; font: inherit; font-size: 13px;
          color: inherit; background: none; border: 0; border-radius: 6px; padding: 4px 8px; cursor: pointer; }
        .legend button:hover { background: var(--soft); }
        .legend button[aria-pressed=false] { opacity: .4; }
        """

    private static let phone = """
        @media screen and (max-width: 760px) {
        main { padding: 28px 18px 64px; }
        .finding { font-size: 20px; }
        section { margin-top: 52px; }
        .facts { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; }
        .panel { padding: 14px 14px 4px; }
        table, tbody, tr, td, tbody th { display: block; width: auto; }
        thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        tr { border-top: 1px solid var(--rule); padding: 10px 0; }
        th, td, thead th { border: 0; padding: 3px 0; }
        tbody th { font-weight: 600; width: auto !important; }
        td { display: flex; justify-content: space-between; gap: 16px; }
        td::before { content: attr(data-label); color: var(--muted); font-size: 13px; text-align: left; }
        td > div:empty::after { content: "\\2013"; }
        .stack { width: 110px; }
        .track { width: 80px; }
        .chart { height: 300px; }
        .chart.histogram { height: 440px; }
        .legend { flex-direction: column; align-items: flex-start; gap: 0; }
        .legend button { padding: 7px 8px; }
        }
        """

    private static let print = """
        @media print {
        @page { margin: 14mm; }
        body { font-size: 11px; }
        main { max-width: none; padding: 0; }
        .finding { font-size: 18px; }
        section { margin-top: 30px; }
        h2, h3, h4, .note { break-after: avoid; }
        table, figure, pre, .note { break-inside: avoid; }
        .chart, .chart.history { height: 250px; }
        .chart.histogram { height: 220px; }
        .panel { padding: 8px 12px 2px; }
        h3 { margin-top: 18px; }
        th, td { padding-top: 5px; padding-bottom: 5px; padding-left: 8px; }
        .change, .interval, td small, thead th { font-size: 9.5px; }
        details:not([open]) { display: none; }
        .legend button[aria-pressed=false] { display: none; }
        * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }
        """
}
