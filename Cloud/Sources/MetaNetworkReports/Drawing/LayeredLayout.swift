/// Where the nodes of a graph are drawn: each in the row below all that it reads, and near the middle of it.
struct LayeredLayout: Sendable {
    /// Names in order of the rows.
    let names: [String]
    /// The row, and the distance from the middle of the picture in columns.
    let places: [String: (row: Int, across: Double)]
    /// Who is read by whom.
    let edges: [Edge]
    let rows: Int
    /// Columns from the leftmost to the rightmost place.
    let columns: Int

    /// A line from a node to one that reads it.
    struct Edge: Sendable {
        let from: String
        let to: String
        /// Where others stand in the way, the lane beside them that no line of the same rows has; else `nil`.
        let lane: Int?
    }

    /// Places the nodes.
    ///
    /// - Parameter nodes: Each behind all that it reads.
    init(_ nodes: [(name: String, reads: [String])]) {
        var row: [String: Int] = [:]
        for node in nodes { row[node.name] = node.reads.compactMap { row[$0] }.reduce(0) { max($0, $1 + 1) } }
        // What nobody reads above stands right above its first reader, rather than on top.
        for node in nodes.reversed() {
            let readers = nodes.filter { $0.reads.contains(node.name) }.compactMap { row[$0.name] }
            if let first = readers.min() { row[node.name] = first - 1 }
        }
        let count = row.values.reduce(0, max) + 1
        var across: [String: Double] = [:]
        for line in 0..<count {
            let here = nodes.filter { row[$0.name] == line }
            let wanted = here.map { node in
                let above = node.reads.compactMap { across[$0] }
                return (node.name, above.isEmpty ? 0 : above.reduce(0, +) / Double(above.count))
            }.enumerated().sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }.map(\.element)
            for (name, x) in Self.spread(wanted) { across[name] = x }
        }
        let sides = across.values.min().flatMap { left in across.values.max().map { (left: left, right: $0) } }
        let (left, right) = sides ?? (0, 0)
        names = nodes.map(\.name)
        places = row.reduce(into: [:]) { places, entry in
            guard let x = across[entry.key] else { return }
            places[entry.key] = (row: entry.value, across: x - (left + right) / 2)
        }
        edges = Self.edges(nodes, places)
        rows = count
        columns = Int((right - left).rounded(.up)) + 1
    }

    /// The lines, the shorter ones in the inner lanes.
    private static func edges(
        _ nodes: [(name: String, reads: [String])],
        _ places: [String: (row: Int, across: Double)]
    ) -> [Edge] {
        var taken: [[Range<Int>]] = []
        var edges: [Edge] = []
        let all = nodes.flatMap { node in
            node.reads.compactMap { read in
                places[read].flatMap { from in places[node.name].map { (read, node.name, from: from, to: $0) } }
            }
        }
        let inward = all.enumerated().sorted {
            ($0.element.to.row - $0.element.from.row, $0.offset) < ($1.element.to.row - $1.element.from.row, $1.offset)
        }
        for (from, to, a, b) in inward.map(\.element) {
            let isBlocked = places.values.contains { other in
                other.row > a.row && other.row < b.row
                    && min(abs(other.across - a.across), abs(other.across - b.across)) < 1
            }
            var lane: Int?
            if isBlocked {
                let rows = a.row..<b.row
                let free = taken.indices.first { lane in !taken[lane].contains { $0.overlaps(rows) } } ?? taken.count
                if free == taken.count { taken.append([]) }
                taken[free].append(rows)
                lane = free
            }
            edges.append(Edge(from: from, to: to, lane: lane))
        }
        return edges
    }

    /// Moves the places of a row apart to at least one column, about their mean; where all of them are free, evenly.
    private static func spread(_ wanted: [(String, Double)]) -> [(String, Double)] {
        var places: [Double] = []
        for (_, x) in wanted { places.append(max(x, (places.last ?? -.infinity) + 1)) }
        let shift = (wanted.map(\.1).reduce(0, +) - places.reduce(0, +)) / Double(max(1, places.count))
        return zip(wanted, places).map { ($0.0, $1 + shift) }
    }
}
