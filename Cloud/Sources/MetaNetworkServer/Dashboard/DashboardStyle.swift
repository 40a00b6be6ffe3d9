/// The dashboard's look: one column on a phone, light or dark as the system is.
enum DashboardStyle {
    /// The style sheet.
    static let css = colours + frame + charts + tables + trial

    private static let colours = """
        :root { --ground: #ffffff; --ink: #16191d; --muted: #5b636e; --rule: #e1e4e8; --soft: #f5f6f8; --link: #0068b0;
          --good: #0b6b4a; --bad: #a8324a; --s0: #0068b0; --s1: #c2560c; color-scheme: light; }
        @media (prefers-color-scheme: dark) {
        :root { --ground: #121417; --ink: #e8eaed; --muted: #a0a8b3; --rule: #2c3138; --soft: #1e2227; --link: #5cb5f2;
          --good: #4fd1a1; --bad: #ff8fa3; --s0: #5cb5f2; --s1: #f0965a; color-scheme: dark; }
        }

        """

    private static let frame = """
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system,
          "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
        header, main { max-width: 1120px; margin: 0 auto; padding: 0 32px; }
        header { display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: baseline; padding-top: 32px; }
        main { padding-bottom: 80px; }
        h1 { font-size: 15px; margin: 0; }
        h2 { font-size: 20px; line-height: 1.3; letter-spacing: -.01em; margin: 0 0 14px; }
        h3 { font-size: 14px; margin: 0; }
        section { margin-top: 48px; }
        a { color: var(--link); }
        nav { display: flex; gap: 18px; }
        nav a { text-decoration: none; padding: 6px 0; }
        nav a[aria-current] { color: var(--ink); font-weight: 600; box-shadow: 0 2px var(--ink); }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
        .state { margin: 24px 0 0; }
        .state b::before { content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 5px; margin-right: 8px;
          background: currentColor; }
        .state.good b { color: var(--good); } .state.bad b { color: var(--bad); }
        .state span { color: var(--muted); margin-left: 8px; }
        #connection, .problem, .problems { margin: 16px 0 0; padding: 10px 14px; border-left: 3px solid var(--bad);
          background: var(--soft); overflow-wrap: anywhere; list-style: none; }
        dl, dd { margin: 0; }
        dt { color: var(--muted); font-size: 13px; }
        .tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 20px 24px; margin-top: 24px; padding-top: 20px;
          border-top: 1px solid var(--rule); }
        .tiles dd { font-size: 24px; font-weight: 600; letter-spacing: -.01em; white-space: nowrap; }
        .facts { display: flex; flex-wrap: wrap; gap: 16px 44px; }
        .facts dd { font-size: 17px; font-weight: 600; }
        .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 32px 48px; }
        @media (max-width: 760px) {
        header, main { padding-left: 18px; padding-right: 18px; }
        header { padding-top: 20px; }
        section { margin-top: 40px; }
        .tiles { grid-template-columns: 1fr 1fr; gap: 14px 18px; }
        .tiles dd { font-size: 21px; }
        .pair { grid-template-columns: 1fr; }
        }

        """

    private static let charts = """
        .charts { display: grid; grid-template-columns: 1fr 1fr; gap: 36px 48px; }
        figure { margin: 0; min-width: 0; }
        figcaption { display: flex; flex-wrap: wrap; gap: 0 14px; align-items: baseline; min-height: 3.4em; padding-bottom: 8px;
          align-content: flex-start; }
        figcaption output { color: var(--muted); font-size: 13px; flex-basis: 100%; }
        .legend { display: flex; gap: 14px; list-style: none; margin: 0; padding: 0; font-size: 13px; }
        .legend li::before { content: ""; display: inline-block; width: 14px; height: 2px; margin-right: 6px;
          vertical-align: middle; background: var(--s0); }
        .legend li.s1::before { background: repeating-linear-gradient(90deg, var(--s1) 0 4px, transparent 4px 6px); }
        .plot { display: flex; gap: 8px; height: 140px; }
        .scale { display: flex; flex-direction: column; justify-content: space-between; width: 58px; flex: none;
          text-align: right; color: var(--muted); font-size: 12px; line-height: 1; margin: -6px 0; white-space: nowrap; }
        .plot svg { flex: 1; min-width: 0; height: 100%; overflow: visible; }
        .plot path { fill: none; vector-effect: non-scaling-stroke; }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .line { stroke: var(--s0); stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
        .line.s1 { stroke: var(--s1); stroke-dasharray: 4 3; }
        .times { display: flex; justify-content: space-between; margin: 8px 0 0 66px; color: var(--muted); font-size: 12px; }
        @media (max-width: 760px) { .charts { grid-template-columns: 1fr; gap: 20px; } .plot { height: 110px; } }

        """

    private static let tables = """
        table { width: 100%; border-collapse: collapse; }
        th, td { text-align: right; padding: 8px 0 8px 20px; border-top: 1px solid var(--rule); font-weight: 400; }
        th:first-child { text-align: left; padding-left: 0; }
        .wide td:nth-child(2), .wide th:nth-child(2), .wide td:nth-child(3), .wide th:nth-child(3) { text-align: left; }
        thead th { color: var(--muted); font-size: 13px; border-top: 0; }
        code { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
        .bars { margin-top: 8px; }
        .bars th, .bars td { padding-top: 5px; padding-bottom: 5px; border: 0; white-space: nowrap; }
        .bars td:nth-child(2) { width: 60%; padding-left: 14px; }
        .bars td:last-child { padding-left: 14px; }
        .bar { display: block; width: 100%; height: 10px; }
        .bar rect { fill: var(--s0); }
        @media (max-width: 760px) {
        .wide, .wide tbody, .wide tr, .wide td, .wide tbody th { display: block; }
        .wide thead { display: none; }
        .wide tr { border-top: 1px solid var(--rule); padding: 10px 0; }
        .wide th, .wide td { border: 0; padding: 2px 0; }
        .wide tbody th { font-weight: 600; }
        .wide td { display: flex; justify-content: space-between; gap: 16px; }
        .wide td::before { content: attr(data-label); color: var(--muted); }
        }

        """

    private static let trial = """
        .lead { color: var(--muted); max-width: 62em; margin: 24px 0 0; }
        .trial { display: grid; grid-template-columns: 1fr 1fr; gap: 0 48px; }
        label { display: block; color: var(--muted); font-size: 13px; margin-bottom: 4px; }
        button { font: inherit; color: var(--link); background: none; border: 0; padding: 7px 0; cursor: pointer;
          text-align: left; }
        input { font: inherit; font-size: 16px; width: 100%; padding: 8px 10px; color: inherit; background: var(--ground);
          border: 1px solid var(--muted); border-radius: 6px; }
        .choices { list-style: none; margin: 8px 0 0; padding: 0; max-height: 280px; overflow-y: auto; }
        .choices button { width: 100%; }
        .choices button:hover, .chosen button:hover { background: var(--soft); }
        .chosen { margin: 0; padding-left: 28px; }
        .chosen button { color: var(--muted); padding: 4px 12px; }
        #transfer { margin: -6px 0 16px; color: var(--muted); overflow-wrap: anywhere; }
        .rankings ol { margin: 6px 0 0; padding-left: 28px; overflow-wrap: anywhere; }
        .rankings li { padding: 4px 0; }
        .rankings span { font-size: 13px; white-space: nowrap; margin-left: 4px; }
        .up { color: var(--good); font-weight: 600; } .down { color: var(--muted); }
        @media (max-width: 760px) {
        .trial { grid-template-columns: 1fr; }
        .choices { max-height: 190px; }
        .rankings { grid-template-columns: 1fr 1fr; gap: 18px; font-size: 14px; }
        .rankings ol { padding-left: 26px; }
        }

        """
}
