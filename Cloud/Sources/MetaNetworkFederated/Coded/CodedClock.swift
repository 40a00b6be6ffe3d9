/// What an iteration and an exchange of rows take.
struct CodedClock: Sendable {
    /// Seconds that each device takes for the gradient of a row.
    let pace: [Double]
    /// The same of the server.
    let serverPace: Double
    /// Bits per second between devices.
    let between: Double
    let fleet: Fleet
    /// Values of a row's input and target.
    let width: Int
    let outputs: Int

    init(_ fleet: Fleet, _ plan: CodedPlan, devices: Int, width: Int, outputs: Int, _ sources: Sources) {
        pace = (0..<devices).map { fleet.secondsPerExample * fleet.factor(of: $0, sources) }
        serverPace = fleet.secondsPerExample / plan.serverSpeed
        between = plan.between > 0 ? plan.between * 1e6 : .infinity
        (self.fleet, self.width, self.outputs) = (fleet, width, outputs)
    }

    /// Bytes of a model or a gradient.
    var modelBytes: Int { 4 * width * outputs }
    /// Bytes of a row.
    var rowBytes: Int { 4 * (width + outputs) }

    /// Seconds that the model takes to all devices, and their gradients back.
    var messages: Double { fleet.seconds(down: modelBytes) + fleet.seconds(up: modelBytes) }

    /// Seconds until all devices' codes are where they are computed: devices encode at the same time, then send to one neighbour after the
    /// other.
    ///
    /// - Parameters:
    ///   - loads: Who computes what for whom.
    ///   - isEncoded: Whether rows of a code are sums of all, at c·m·(d + k) multiply-adds, where a gradient of a row has 2·d·k.
    func exchange(_ loads: DeviceLoads, isEncoded: Bool) -> Double {
        let work = Double(width + outputs) / Double(2 * width * outputs)
        var seconds = [Double](repeating: 0, count: pace.count)
        if isEncoded {
            for (device, rows) in loads.coded(of: pace.count).enumerated() {
                seconds[device] = Double(rows) * Double(loads.excess[device]) * work * pace[device]
            }
        }
        for move in loads.moves {
            let bytes = move.rows * rowBytes
            seconds[move.from] +=
                move.to < pace.count ? fleet.latency + 8 * Double(bytes) / between : fleet.seconds(up: bytes)
        }
        return seconds.max() ?? 0
    }
}
