import MetaNetwork
import MetaNetworkData

/// Rounds: devices are drawn by lot, and all of them are waited for.
extension Coordinator {
    mutating func runRounds(
        _ devices: Int,
        _ shouldStop: () -> Bool,
        _ report: (FederatedPoint) throws -> Void
    ) throws {
        while goesOn, !shouldStop() { try round(selected(devices), report) }
    }

    /// The devices of the round, ascending: as many as there are of those that may be asked.
    private func selected(_ count: Int) -> [Int] {
        let available = data.devices.filter { fleet.isAvailable($0, turn: version, sources) }
        var random = sources.source(.selection, version)
        return available.shuffled(using: &random).prefix(count).sorted()
    }

    private mutating func round(_ devices: [Int], _ report: (FederatedPoint) throws -> Void) throws {
        let codec = method.codec(version: version)
        var turns: [(turn: WorkerPool.Turn, ready: Double)] = []
        for device in devices {
            let turn = counts[device].turns
            counts[device].turns += 1
            let (sent, bytes) = try exchange.send(model, to: device, codec, turn: turn)
            counts[device].bytesDown += bytes
            let all = configuration.work.epochs
            let epochs = fleet.epochs(of: device, turn: version, all: all, sources)
            guard fleet.answers(device, turn: version, sources), epochs == all || method.keepsPartialWork else {
                lost += 1
                continue
            }
            let examples = data.shards[device].count * epochs
            let busy = fleet.seconds(examples: examples, factor: fleet.factor(of: device, sources))
            counts[device].seconds += busy
            turns.append(
                (
                    WorkerPool.Turn(
                        device: device,
                        parameters: sent,
                        work: work(epochs: epochs),
                        random: LocalWork.order(seed: sources.seed, device: device, turn: version)
                    ), seconds + fleet.seconds(down: bytes) + busy
                )
            )
        }
        let results = try pool.train(turns.map(\.turn))
        var (arrived, end) = ([Arrival](), seconds)
        for ((turn, ready), result) in zip(turns, results) {
            let (arrival, bytes) = try received(result, from: turn, version: version, codec)
            end = max(end, ready + fleet.seconds(up: bytes))
            updates += 1
            if let arrival { arrived.append(arrival) }
        }
        seconds = end
        try aggregate(arrived, report)
    }

    /// What a device's message is read as, and its bytes; `nil` where it is refused.
    mutating func received(
        _ result: LocalResult,
        from turn: WorkerPool.Turn,
        version: Int,
        _ codec: UpdateCodec?
    ) throws -> (arrival: Arrival?, bytes: Int) {
        let device = turn.device
        counts[device].steps += result.steps
        let learned = Parameters.difference(result.parameters, turn.parameters)
        guard accepted(learned) else {
            counts[device].bytesUp += 4 * learned.count
            return (nil, 4 * learned.count)
        }
        let (update, updateBytes) = try exchange.send(update: learned, from: device, codec, turn: counts[device].turns)
        // A gradient goes as it is: nobody has a residual of it.
        let bytes = updateBytes + 4 * (result.gradient?.count ?? 0)
        counts[device].bytesUp += bytes
        let arrival = Arrival(
            device: device,
            examples: data.shards[device].count,
            version: version,
            start: turn.parameters,
            update: update,
            gradient: result.gradient,
            loss: result.loss
        )
        return (arrival, bytes)
    }
}
