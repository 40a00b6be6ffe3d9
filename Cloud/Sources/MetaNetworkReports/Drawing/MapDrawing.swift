import MetaNetworkExperiments
import MetaNetworkMarkup

/// A map of devices, links and loads (SVG): a disc a device, as large as its rows are many and the darker the longer it computes; lines where
/// rows are computed elsewhere, the thicker the more. Where nobody knows places, devices are near those that they are linked to.
struct MapDrawing {
    private let map: DeviceMap
    private let places: [SIMD2<Double>]

    private static let size = (width: 920.0, height: 560.0)
    private static let margin = 28.0
    private static let radius = (least: 3.0, most: 13.0)
    /// Discs of many devices are smaller than that, so that lines are seen between them.
    private static let crowd = 140.0

    init(_ map: DeviceMap) {
        self.map = map
        let known = map.devices.compactMap { device in device.x.flatMap { x in device.y.map { SIMD2(x, $0) } } }
        places =
            known.count == map.devices.count
            ? known : ForceLayout(count: map.devices.count, links: map.links.map { ($0[0], $0[1]) }).places
    }

    /// The picture.
    var svg: String {
        let links = map.links.map { line($0[0], $0[1], #"class="map-link""#) }
        let most = Double(map.moves.map { $0[2] }.max() ?? 1)
        let moves = map.moves.filter { $0[1] < places.count }.map { move in
            line(move[0], move[1], #"class="map-move" stroke-width="\#(Self.text(1 + 5 * Double(move[2]) / most))""#)
        }
        let (width, height) = (Int(Self.size.width), Int(Self.size.height))
        return """
            <svg class="map" xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 \(width) \(height)">
            <title>\(map.devices.count) devices, \(map.links.count) links, rows moved along \(map.moves.count)</title>
            \((links + moves + map.devices.indices.map(disc)).joined(separator: "\n"))
            </svg>
            """
    }

    private func place(_ device: Int) -> (x: Double, y: Double) {
        let free = (Self.size.width - 2 * Self.margin, Self.size.height - 2 * Self.margin)
        return (Self.margin + places[device].x * free.0, Self.margin + places[device].y * free.1)
    }

    private func line(_ from: Int, _ to: Int, _ attributes: String) -> String {
        let (a, b) = (place(from), place(to))
        let ends = "x1=\"\(Self.text(a.x))\" y1=\"\(Self.text(a.y))\" x2=\"\(Self.text(b.x))\" y2=\"\(Self.text(b.y))\""
        return "<line \(attributes) \(ends)/>"
    }

    private func disc(_ number: Int) -> String {
        let device = map.devices[number]
        let (x, y) = place(number)
        let rows = Double(map.devices.map(\.rows).max() ?? 1)
        let share = rows > 0 ? (Double(device.rows) / rows).squareRoot() : 0
        let most = min(Self.radius.most, Self.crowd / Double(map.devices.count).squareRoot())
        let radius = Self.radius.least + max(0, most - Self.radius.least) * share
        let longest = map.devices.map(\.seconds).max() ?? 1
        let shade = longest > 0 ? 0.2 + 0.8 * device.seconds / longest : 1
        let kind = device.kept < device.rows ? "gives" : device.received > 0 ? "takes" : "keeps"
        let words =
            "\(device.name): \(device.rows) rows, computes \(device.kept) of them and \(device.received) for others, "
            + "\(NumberText.typographic.fixed(device.seconds)) s an iteration"
        return """
            <circle class="map-\(kind)" cx="\(Self.text(x))" cy="\(Self.text(y))" r="\(Self.text(radius))" fill-opacity="\(Self.text(shade))">\
            <title>\(MarkupEscaping.html(words))</title></circle>
            """
    }

    /// With two digits, which is enough for a picture.
    private static func text(_ number: Double) -> String { "\((number * 100).rounded() / 100)" }
}
