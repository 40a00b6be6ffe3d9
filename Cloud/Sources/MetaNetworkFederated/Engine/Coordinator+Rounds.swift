import MetaNetwork
import MetaNetworkData

/// Rounds: devices are drawn by lot, and all of them are waited for.
extension Coordinator {
    mutating func runRounds(
        _ devices: Int,
        _ goesOnWith: (Self, AtWork?) throws -> Bool,
        _ report: (FederatedPoint) throws -> Void
    ) throws {
        while goesOn, try goesOnWith(self, nil) { try round(selected(devices), report) }
    }

    /// The devices of the round, ascending: as many as there are of those that may be asked; with privacy each by itself.
    private func selected(_ count: Int) throws -> [Int] {
        let available = data.devices.filter { fleet.isAvailable($0, turn: version, sources) }
        if method.privacy != nil {
            return available.filter { device in
                var random = sources.source(.selection, version, device)
                return Double(random.uniform()) < samplingRate
            }
        }
        var random = sources.source(.selection, version)
        if method.drawsByGradient { return try drawnByGradient(count, of: available, &random) }
        return available.shuffled(using: &random).prefix(count).sorted()
    }

    private mutating func round(_ devices: [Int], _ report: (FederatedPoint) throws -> Void) throws {
        let (codec, handout) = (method.codec(version: version), method.handout)
        var turns: [(turn: WorkerPool.Turn, times: DeviceTurn)] = []
        for device in devices {
            let turn = counts[device].turns
            counts[device].turns += 1
            let (sent, modelBytes) = try exchange.send(model, to: device, codec, turn: turn)
            let bytes = modelBytes + (handout?.bytes ?? 0)
            counts[device].bytesDown += bytes
            let all = configuration.work.epochs
            let epochs = fleet.epochs(of: device, turn: version, all: all, sources)
            guard fleet.answers(device, turn: version, sources), epochs == all || method.keepsPartialWork else {
                lost += 1
                let times = times(of: device, down: bytes, epochs: epochs, also: handout, counts: false)
                note(times, nil, isUsed: false)
                continue
            }
            let work = WorkerPool.Turn(
                device: device,
                parameters: sent,
                work: work(epochs: epochs),
                random: LocalWork.order(seed: sources.seed, device: device, turn: version),
                handout: handout
            )
            turns.append((work, times(of: device, down: bytes, epochs: epochs, also: handout)))
        }
        let results = try cohort.train(turns.map(\.turn))
        var (arrived, end) = ([Arrival](), seconds)
        for ((turn, times), result) in zip(turns, results) {
            let (arrival, bytes) = try received(result, from: turn, version: version, codec)
            let time = times.trained + fleet.seconds(up: bytes)
            end = max(end, time)
            updates += 1
            note(times, time, isUsed: arrival != nil)
            if let arrival { arrived.append(arrival) }
        }
        seconds = end
        try aggregate(arrived, report)
    }
}
