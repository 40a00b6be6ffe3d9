import MetaNetwork
import MetaNetworkMarkup

/// An architecture as a picture (SVG): inputs on top, each node below what it reads, static and dynamic parts in colours of
/// their own, light or dark as the viewer likes.
public struct ArchitectureDrawing: Sendable {
    private let summary: ArchitectureSummary
    private let layout: LayeredLayout
    private let boxes: [String: Box]

    private static let box = (width: 208, height: 54)
    private static let gap = (across: 44, down: 34)
    private static let margin = 32
    private static let header = 92

    /// A box with its words.
    private struct Box: Sendable {
        let title: String
        let lines: [String]
        let style: String
    }

    /// Lays the architecture out.
    public init(_ summary: ArchitectureSummary) {
        self.summary = summary
        layout = LayeredLayout(
            summary.inputs.map { (name: $0.name, reads: []) } + summary.nodes.map { (name: $0.name, reads: $0.inputs) }
        )
        var boxes: [String: Box] = [:]
        for input in summary.inputs {
            boxes[input.name] = Box(title: input.name, lines: [input.shape], style: "input")
        }
        for node in summary.nodes {
            let words = [node.operation, node.settings].filter { !$0.isEmpty }.joined(separator: " ")
            let weights = node.weights > 0 ? " · \(Self.grouped(node.weights)) weights" : ""
            let role = node.name == summary.output ? " · output" : node.name == summary.sample ? " · sample" : ""
            boxes[node.name] = Box(
                title: node.name,
                lines: [words, node.shape + weights + role],
                style: node.isDynamic ? "dynamic" : node.isPersonal ? "personal" : "static"
            )
        }
        self.boxes = boxes
    }

    /// The picture.
    public var svg: String {
        let columns = layout.columns * (Self.box.width + Self.gap.across) - Self.gap.across
        let width = max(760, columns + 2 * Self.margin + 48)
        let height = Self.header + layout.rows * (Self.box.height + Self.gap.down) + Self.margin
        let places = places(width)
        let edges = layout.edges.map { path($0, places) }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)">
            <title>\(MarkupEscaping.html(summary.name))</title>
            \(Self.style)
            <rect class="ground" width="100%" height="100%"/>
            \(head)
            \(edges.joined(separator: "\n"))
            \(layout.names.compactMap { name in places[name].map { box(name, $0) } }.joined(separator: "\n"))
            </svg>

            """
    }

    /// Middle of the upper edge of each box.
    private func places(_ width: Int) -> [String: (x: Int, y: Int)] {
        layout.places.mapValues { place in
            let step = Double(Self.box.width + Self.gap.across)
            return (
                x: width / 2 + Int((place.across * step).rounded()),
                y: Self.header + place.row * (Self.box.height + Self.gap.down)
            )
        }
    }

    private var head: String {
        let kinds = [
            ("static", "static"), ("dynamic", "dynamic: from the MetaGenerator"), ("personal", "computed from them"),
        ]
        var x = Self.margin
        let legend = kinds.map { style, words in
            defer { x += 40 + words.count * 7 }
            return #"<rect class="\#(style)" x="\#(x)" y="58" width="14" height="14" rx="3"/>"#
                + #"<text class="small" x="\#(x + 20)" y="69">\#(words)</text>"#
        }
        let numbers =
            "\(Self.grouped(summary.parameters.static)) static and \(Self.grouped(summary.parameters.dynamic)) dynamic weights"
            + (summary.items > 0 ? " with \(Self.grouped(summary.items)) items" : "")
            + " · a refresh brings \(Self.grouped(2 * summary.parameters.dynamic)) bytes in half precision"
        return """
            <text class="title" x="\(Self.margin)" y="30">\(MarkupEscaping.html(summary.name))</text>
            <text class="small" x="\(Self.margin)" y="48">\(numbers)</text>
            \(legend.joined(separator: "\n"))
            """
    }

    private func box(_ name: String, _ place: (x: Int, y: Int)) -> String {
        guard let box = boxes[name] else { return "" }
        let left = place.x - Self.box.width / 2
        let lines = box.lines.enumerated().map { number, line in
            #"<text class="small" x="\#(left + 12)" y="\#(place.y + 33 + 14 * number)">\#(Self.fitting(line, 34))</text>"#
        }
        let corner = box.style == "input" ? Self.box.height / 2 : 8
        return """
            <g><title>\(MarkupEscaping.html(([box.title] + box.lines).joined(separator: "\n")))</title>
            <rect class="\(box.style)" x="\(left)" y="\(place.y)" width="\(Self.box.width)" height="\(Self.box.height)" rx="\(corner)"/>
            <text class="name" x="\(left + 12)" y="\(place.y + 18)">\(Self.fitting(box.title, 26))</text>
            \(lines.joined(separator: "\n"))</g>
            """
    }

    /// A line from one box to the next one down; where boxes stand in between it goes around their right side.
    private func path(_ edge: LayeredLayout.Edge, _ places: [String: (x: Int, y: Int)]) -> String {
        guard let a = places[edge.from], let b = places[edge.to] else { return "" }
        let isWarm = ["dynamic", "personal"].contains(boxes[edge.from]?.style)
        let line: String
        if let lane = edge.lane {
            let reach = places.values.filter { $0.y >= a.y && $0.y <= b.y && $0.x - max(a.x, b.x) < Self.box.width }
            let half = Self.box.width / 2
            let around = (reach.map(\.x).max() ?? a.x) + half + 28 + 8 * lane
            let (start, end) = (a.y + Self.box.height / 2, b.y + Self.box.height / 2)
            line =
                "M\(a.x + half) \(start) H\(around - 16) Q\(around) \(start) \(around) \(start + 20) "
                + "V\(end - 20) Q\(around) \(end) \(around - 16) \(end) H\(b.x + half + 4)"
        } else {
            let top = a.y + Self.box.height
            let bend = (b.y - top) / 2
            line = "M\(a.x) \(top) C\(a.x) \(top + bend) \(b.x) \(b.y - bend) \(b.x) \(b.y - 4)"
        }
        return #"<path class="edge\#(isWarm ? " warm" : "")" d="\#(line)"/>"#
    }

    private static func fitting(_ text: String, _ limit: Int) -> String {
        MarkupEscaping.html(text.count > limit ? text.prefix(limit - 1) + "…" : text)
    }

    private static func grouped(_ number: Int) -> String { NumberText.typographic.grouped(number) }

    private static let style = """
        <style>
        svg { \(Palette.variables(\.light, Palette.drawing)) }
        @media (prefers-color-scheme: dark) { svg { \(Palette.variables(\.dark, Palette.drawing)) } }
        text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
        .title { font-size: 18px; font-weight: 600; } .name { font-weight: 600; font-size: 13px; } .small { fill: var(--muted); }
        .ground { fill: var(--ground); } .static { fill: var(--static); stroke: var(--static-line); }
        .dynamic { fill: var(--dynamic-soft); stroke: var(--dynamic); stroke-width: 2; }
        .personal { fill: var(--static); stroke: var(--dynamic); stroke-dasharray: 5 3; }
        .input { fill: var(--input); stroke: var(--input-line); }
        .edge { fill: none; stroke: var(--line); stroke-width: 1.5; marker-end: url(#arrow); } .warm { stroke: var(--dynamic); }
        </style>
        <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
        <path d="M0 0 L8 4 L0 8 z" fill="context-stroke"/></marker></defs>
        """
}
