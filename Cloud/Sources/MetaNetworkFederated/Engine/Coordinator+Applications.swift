import HeapModule
import MetaNetwork
import MetaNetworkData

/// Applications: idle devices come by themselves, and a model is made whenever enough of them have answered.
extension Coordinator {
    mutating func runApplications(
        _ atOnce: Int,
        _ goesOnWith: (Self, AtWork?) throws -> Bool,
        _ report: (FederatedPoint) throws -> Void
    ) throws {
        var line = atWork ?? lineUp()
        defer { atWork = line }
        while goesOn, try goesOnWith(self, line) {
            try admit(&line, upTo: atOnce)
            guard let event = line.events.popMin() else { return }
            seconds = event.time
            switch event.kind {
            case .trained: try trained(event.number, &line)
            case .back: line.waiting.append(event.number)
            case .arrived, .lost:
                end(event, &line)
                let oldest = line.turns.values.map(\.version).min()
                guard !line.cache.isEmpty, method.isReady(line.cache, version: version, oldest: oldest) else {
                    continue
                }
                try aggregate(line.cache, report)
                line.cache = []
            }
        }
    }

    /// Who is there waits in an order that is drawn by lot; the others come later.
    private func lineUp() -> AtWork {
        var random = sources.source(.selection, 0)
        var line = AtWork(waiting: [])
        for device in data.devices.shuffled(using: &random) { wait(device, &line) }
        return line
    }

    /// A device is idle: it is there at once, or comes back.
    private func wait(_ device: Int, _ line: inout AtWork) {
        let work = fleet.seconds(
            examples: data.shards[device].count * configuration.work.epochs,
            factor: fleet.factor(of: device, sources)
        )
        let away = fleet.absence(of: device, turn: counts[device].turns, seconds: work, sources)
        if away == 0 {
            line.waiting.append(device)
        } else if away < .infinity {
            line.events.insert(AtWork.Event(time: seconds + away, number: device, kind: .back))
        }
    }

    /// Lets devices begin, in the order in which they came.
    private mutating func admit(_ line: inout AtWork, upTo atOnce: Int) throws {
        while line.turns.count < atOnce, !line.waiting.isEmpty {
            let device = line.waiting.removeFirst()
            let turn = counts[device].turns
            counts[device].turns += 1
            let codec = method.codec(version: version)
            let (sent, bytes) = try exchange.send(model, to: device, codec, turn: turn)
            counts[device].bytesDown += bytes
            let all = configuration.work.epochs
            let epochs = fleet.epochs(of: device, turn: turn, all: all, sources)
            let answers = fleet.answers(device, turn: turn, sources) && (epochs == all || method.keepsPartialWork)
            line.begin(
                AtWork.Turn(
                    turn: WorkerPool.Turn(
                        device: device,
                        parameters: sent,
                        work: work(epochs: epochs),
                        random: LocalWork.order(seed: sources.seed, device: device, turn: turn)
                    ),
                    version: version,
                    codec: codec,
                    answers: answers,
                    times: times(of: device, down: bytes, epochs: epochs)
                )
            )
        }
    }

    /// A device has learned: nobody needed to know what before. All that are at work learn now, side by side, from the models that they were
    /// sent.
    private mutating func trained(_ number: Int, _ line: inout AtWork) throws {
        if line.turns[number]?.result == nil {
            let missing = line.turns.filter { $0.value.result == nil && !$0.value.isTrained && $0.value.answers }
                .sorted { $0.key < $1.key }
            let results = try cohort.train(missing.map(\.value.turn))
            for (entry, result) in zip(missing, results) { line.turns[entry.key]?.result = result }
        }
        guard var turn = line.turns[number], let result = turn.result else {
            preconditionFailure("a turn is trained once")
        }
        let (arrival, bytes) = try received(result, from: turn.turn, version: turn.version, turn.codec)
        (turn.arrival, turn.result, turn.isTrained) = (arrival, nil, true)
        line.turns[number] = turn
        line.events.insert(AtWork.Event(time: seconds + fleet.seconds(up: bytes), number: number, kind: .arrived))
    }

    /// A turn is over: its update is there, or never will be.
    private mutating func end(_ event: AtWork.Event, _ line: inout AtWork) {
        guard let turn = line.turns.removeValue(forKey: event.number) else { preconditionFailure("a turn ends once") }
        wait(turn.turn.device, &line)
        guard event.kind == .arrived else {
            lost += 1
            return note(turn.times, nil, isUsed: false)
        }
        updates += 1
        note(turn.times, event.time, isUsed: turn.arrival != nil)
        if let arrival = turn.arrival { line.cache.append(arrival) }
    }
}
