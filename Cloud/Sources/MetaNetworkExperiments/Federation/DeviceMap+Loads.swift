import MetaNetworkFederated

extension DeviceMap {
    /// The last period of a run.
    package init(_ result: CodedResult, _ data: SharedRegression) {
        let (loads, graph) = (result.loads, data.graph)
        devices = data.names.indices.map { device in
            let received = loads.moves.reduce(0) { $1.to == device ? $0 + $1.rows : $0 }
            return Device(
                name: data.names[device],
                x: graph.places?[device].x,
                y: graph.places?[device].y,
                rows: result.rows[device],
                kept: loads.kept[device],
                received: received,
                seconds: Double(loads.kept[device] + received) * result.pace[device]
            )
        }
        links = graph.neighbours.enumerated().flatMap { a, others in others.filter { $0 > a }.map { [a, $0] } }
        moves = loads.moves.map { [$0.from, $0.to, $0.rows] }
    }
}
