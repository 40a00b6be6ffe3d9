import HeapModule
import MetaNetwork
import MetaNetworkData

/// Applications: idle devices come by themselves, and a model is made whenever enough of them have answered.
extension Coordinator {
    mutating func runApplications(
        _ atOnce: Int,
        _ shouldStop: () -> Bool,
        _ report: (FederatedPoint) throws -> Void
    ) throws {
        var random = sources.source(.selection, 0)
        var line = AtWork(waiting: data.devices.shuffled(using: &random))
        var cache: [Arrival] = []
        while goesOn, !shouldStop() {
            try admit(&line, upTo: atOnce)
            guard let event = line.events.popMin() else { return }
            seconds = event.time
            switch event.kind {
            case .trained: try trained(event.number, &line)
            case .arrived, .lost:
                guard let turn = line.turns.removeValue(forKey: event.number) else {
                    preconditionFailure("a turn ends once")
                }
                line.waiting.append(turn.turn.device)
                if event.kind == .lost {
                    lost += 1
                } else {
                    updates += 1
                    if let arrival = turn.arrival { cache.append(arrival) }
                }
                let oldest = line.turns.values.map(\.version).min()
                guard !cache.isEmpty, method.isReady(cache, version: version, oldest: oldest) else { continue }
                try aggregate(cache, report)
                cache = []
            }
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
            let busy = fleet.seconds(
                examples: data.shards[device].count * epochs,
                factor: fleet.factor(of: device, sources)
            )
            counts[device].seconds += busy
            let answers = fleet.answers(device, turn: turn, sources) && (epochs == all || method.keepsPartialWork)
            let work = WorkerPool.Turn(
                device: device,
                parameters: sent,
                work: work(epochs: epochs),
                random: LocalWork.order(seed: sources.seed, device: device, turn: turn)
            )
            line.begin(work, version, codec, until: seconds + fleet.seconds(down: bytes) + busy, answers)
        }
    }

    /// A device has learned: nobody needed to know what before. All that are at work learn now, side by side, from the models that they were
    /// sent.
    private mutating func trained(_ number: Int, _ line: inout AtWork) throws {
        if line.turns[number]?.result == nil {
            let missing = line.turns.filter { $0.value.result == nil && $0.value.answers }.sorted { $0.key < $1.key }
            let results = try pool.train(missing.map(\.value.turn))
            for (entry, result) in zip(missing, results) { line.turns[entry.key]?.result = result }
        }
        guard var turn = line.turns[number], let result = turn.result else {
            preconditionFailure("a turn is trained once")
        }
        let (arrival, bytes) = try received(result, from: turn.turn, version: turn.version, turn.codec)
        turn.arrival = arrival
        line.turns[number] = turn
        line.events.insert(AtWork.Event(time: seconds + fleet.seconds(up: bytes), number: number, kind: .arrived))
    }
}

/// Devices at work, and those that wait for their turn.
private struct AtWork {
    /// Idle devices in the order in which they came.
    var waiting: [Int]
    /// Those at work, by number of their turn.
    var turns: [Int: Turn] = [:]
    var events: Heap<Event> = []
    private var begun = 0

    init(waiting: [Int]) { self.waiting = waiting }

    struct Turn {
        let turn: WorkerPool.Turn
        let version: Int
        let codec: UpdateCodec?
        let answers: Bool
        var result: LocalResult?
        var arrival: Arrival?
    }

    mutating func begin(
        _ turn: WorkerPool.Turn,
        _ version: Int,
        _ codec: UpdateCodec?,
        until time: Double,
        _ answers: Bool
    ) {
        turns[begun] = Turn(turn: turn, version: version, codec: codec, answers: answers)
        events.insert(Event(time: time, number: begun, kind: answers ? .trained : .lost))
        begun += 1
    }

    /// Something that happens; of the same time what was begun first.
    struct Event: Comparable {
        let time: Double
        let number: Int
        let kind: Kind

        enum Kind { case trained, arrived, lost }

        static func < (a: Event, b: Event) -> Bool { (a.time, a.number) < (b.time, b.number) }
    }
}
