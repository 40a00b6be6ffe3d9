/// The largest flow through a network of whole capacities (Dinic 1970). Flows that come out are whole, too.
struct MaximumFlow {
    private var edges: [Edge] = []
    private var outgoing: [[Int]]
    private var levels: [Int]
    private var next: [Int]

    /// The reverse of edge e is e ^ 1.
    private struct Edge {
        let to: Int
        var left: Int
    }

    init(nodes: Int) {
        outgoing = Array(repeating: [], count: nodes)
        levels = Array(repeating: -1, count: nodes)
        next = Array(repeating: 0, count: nodes)
    }

    /// - Returns: Number of the edge, for ``flow(_:)``.
    @discardableResult
    mutating func add(from: Int, to: Int, capacity: Int) -> Int {
        outgoing[from].append(edges.count)
        outgoing[to].append(edges.count + 1)
        edges += [Edge(to: to, left: capacity), Edge(to: from, left: 0)]
        return edges.count - 2
    }

    /// What flows through an edge.
    func flow(_ edge: Int) -> Int { edges[edge ^ 1].left }

    /// Sends as much as possible.
    mutating func maximize(from source: Int, to sink: Int) -> Int {
        var total = 0
        while level(from: source, to: sink) {
            next = next.map { _ in 0 }
            while case let sent = send(source, sink, .max), sent > 0 { total += sent }
        }
        return total
    }

    private mutating func level(from source: Int, to sink: Int) -> Bool {
        levels = levels.map { _ in -1 }
        levels[source] = 0
        var (queue, head) = ([source], 0)
        while head < queue.count {
            let node = queue[head]
            head += 1
            for edge in outgoing[node] where edges[edge].left > 0 && levels[edges[edge].to] < 0 {
                levels[edges[edge].to] = levels[node] + 1
                queue.append(edges[edge].to)
            }
        }
        return levels[sink] >= 0
    }

    private mutating func send(_ node: Int, _ sink: Int, _ most: Int) -> Int {
        if node == sink { return most }
        while next[node] < outgoing[node].count {
            let edge = outgoing[node][next[node]]
            let to = edges[edge].to
            if edges[edge].left > 0, levels[to] == levels[node] + 1 {
                let sent = send(to, sink, min(most, edges[edge].left))
                if sent > 0 {
                    edges[edge].left -= sent
                    edges[edge ^ 1].left += sent
                    return sent
                }
            }
            next[node] += 1
        }
        return 0
    }
}
