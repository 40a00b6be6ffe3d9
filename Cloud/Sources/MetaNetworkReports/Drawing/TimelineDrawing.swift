import MetaNetworkExperiments
import MetaNetworkMarkup

/// A timeline as a picture (SVG): a row a device, a bar a turn, in the colours of the page.
struct TimelineDrawing: Sendable {
    private let rows: [(device: Int, turns: [Timeline.Turn])]
    private let devices: Int
    /// Simulated seconds from the left to the right edge.
    private let seconds: Double
    /// When each model but the first was first sent.
    private let models: [Double]

    /// As many devices are shown, those that began first.
    private static let mostRows = 40
    /// More lines than these would be a grey area.
    private static let mostModels = 80
    private static let (width, left, top, row) = (1080, 96, 26, 15)

    /// Lays a timeline out; `nil` where nothing took time, so that there is nothing to see.
    init?(_ timeline: Timeline) {
        var order: [Int] = []
        var turns: [Int: [Timeline.Turn]] = [:]
        for turn in timeline.turns.sorted(by: { ($0.start, $0.device) < ($1.start, $1.device) }) {
            if turns[turn.device] == nil { order.append(turn.device) }
            turns[turn.device, default: []].append(turn)
        }
        rows = order.prefix(Self.mostRows).sorted().map { ($0, turns[$0] ?? []) }
        devices = timeline.devices
        let seconds = rows.flatMap(\.turns).reduce(0) { max($0, Self.end($1)) }
        guard seconds > 0 else { return nil }
        var first: [Int: Double] = [:]
        for turn in timeline.turns { first[turn.version] = min(turn.start, first[turn.version] ?? turn.start) }
        self.seconds = seconds
        models = first.filter { $0.key > 0 && $0.value <= seconds }.map(\.value).sorted()
    }

    /// What is shown, in a sentence.
    var caption: String {
        let numbers = NumberText.typographic
        let shown = rows.count < devices ? "\(rows.count) of \(numbers.grouped(devices)) devices" : "\(devices) devices"
        let turns = rows.reduce(0) { $0 + $1.turns.count }
        return
            "\(shown), their first \(numbers.grouped(turns)) turns, \(numbers.fixed(seconds, decimals: 1)) simulated seconds"
    }

    /// The picture.
    var svg: String {
        let height = Self.top + rows.count * Self.row + 34
        let bottom = Self.top + rows.count * Self.row
        let lines =
            models.count > Self.mostModels
            ? []
            : models.map { time in
                #"<line class="model" x1="\#(x(time))" x2="\#(x(time))" y1="\#(Self.top - 4)" y2="\#(bottom)"/>"#
            }
        let bars = rows.enumerated().map { place, row in
            let y = Self.top + place * Self.row
            return #"<text class="who" x="\#(Self.left - 10)" y="\#(y + 10)">device \#(row.device)</text>"#
                + row.turns.map { bar($0, y) }.joined()
        }
        return """
            <svg class="timeline" role="img" aria-label="\(MarkupEscaping.html("Timeline: \(caption)"))" viewBox="0 0 \(Self.width) \(height)">
            <defs><pattern id="timeline-lost" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect class="lost" width="2" height="5"/></pattern></defs>
            \(legend)
            \(lines.joined(separator: "\n"))
            \(bars.joined(separator: "\n"))
            \(axis(bottom))
            </svg>
            """
    }

    private func x(_ time: Double) -> String {
        let place = Double(Self.left) + time / seconds * Double(Self.width - Self.left - 16)
        return NumberText.plain.fixed(place, decimals: 1)
    }

    private func bar(_ turn: Timeline.Turn, _ y: Int) -> String {
        func piece(_ style: String, _ from: Double, _ to: Double) -> String {
            guard to > from else { return "" }
            let width = NumberText.plain.fixed((to - from) / seconds * Double(Self.width - Self.left - 16), decimals: 1)
            return #"<rect class="\#(style)" x="\#(x(from))" y="\#(y)" width="\#(width)" height="11"/>"#
        }
        let numbers = NumberText.typographic
        let outcome = turn.isUsed ? "" : turn.arrived == nil ? ", never answered" : ", refused"
        let words =
            "device \(turn.device), model \(turn.version): \(numbers.fixed(turn.start, decimals: 1)) to "
            + "\(numbers.fixed(Self.end(turn), decimals: 1)) s\(outcome)"
        let work = turn.isUsed ? "work" : "wasted"
        let up = turn.arrived.map { piece("up", turn.trained, $0) } ?? ""
        return "<g><title>\(MarkupEscaping.html(words))</title>" + piece("down", turn.start, turn.received)
            + piece(work, turn.received, turn.trained) + up + "</g>"
    }

    private static func end(_ turn: Timeline.Turn) -> Double { turn.arrived ?? turn.trained }

    private var legend: String {
        let kinds = [
            ("down", "model down"), ("work", "learning"), ("up", "update up"), ("wasted", "never answered, or refused"),
        ]
        var x = Self.left
        let keys = kinds.map { style, words in
            defer { x += 34 + words.count * 7 }
            return
                #"<rect class="\#(style)" x="\#(x)" y="2" width="12" height="11"/><text x="\#(x + 17)" y="12">\#(words)</text>"#
        }
        let line =
            models.isEmpty || models.count > Self.mostModels
            ? ""
            : #"<line class="model" x1="\#(x + 2)" x2="\#(x + 2)" y1="1" y2="14"/><text x="\#(x + 10)" y="12">next model</text>"#
        return keys.joined() + line
    }

    /// Round numbers of seconds under the bars.
    private func axis(_ y: Int) -> String {
        let step = Self.step(seconds / 8)
        let ticks = stride(from: 0, through: seconds, by: step).map { time in
            let digits = step < 1 ? 2 : 0
            return
                #"<text class="tick" x="\#(x(time))" y="\#(y + 14)">\#(NumberText.typographic.fixed(time, decimals: digits))</text>"#
        }
        return #"<line class="axis" x1="\#(Self.left)" x2="\#(Self.width - 16)" y1="\#(y)" y2="\#(y)"/>"#
            + ticks.joined()
            + #"<text class="tick" x="\#((Self.width + Self.left) / 2)" y="\#(y + 30)">simulated seconds</text>"#
    }

    /// 1, 2 or 5 times a power of ten, at least so much.
    private static func step(_ least: Double) -> Double {
        var power = 1.0
        while power > least { power /= 10 }
        while power * 10 <= least { power *= 10 }
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= least } ?? 10 * power
    }
}
