import HeapModule
import MetaNetwork
import MetaNetworkData

/// A run that stops here goes on elsewhere, with the same bits.
extension Coordinator {
    /// Where the run stands.
    func state(_ line: AtWork?, _ arrays: inout SharedArrays) -> CoordinatorState {
        CoordinatorState(
            version: version,
            seconds: seconds,
            updates: updates,
            lost: lost,
            refused: refused,
            counts: counts,
            points: points,
            timeline: timeline,
            model: arrays.place(of: model),
            memory: method.memory.map { arrays.place(of: $0) },
            held: exchange.held.mapValues { arrays.place(of: $0) },
            residuals: exchange.residuals.mapValues { arrays.place(of: $0) },
            line: line.map { state(of: $0, &arrays) }
        )
    }

    private func state(of line: AtWork, _ arrays: inout SharedArrays) -> CoordinatorState.Line {
        func message(_ arrival: Arrival) -> CoordinatorState.Message {
            CoordinatorState.Message(
                device: arrival.device,
                version: arrival.version,
                start: arrays.place(of: arrival.start),
                update: arrays.place(of: arrival.update),
                loss: arrival.loss
            )
        }
        return CoordinatorState.Line(
            waiting: line.waiting,
            begun: line.begun,
            turns: line.turns.sorted { $0.key < $1.key }.map { number, turn in
                CoordinatorState.Turn(
                    number: number,
                    sent: arrays.place(of: turn.turn.parameters),
                    epochs: turn.turn.work.epochs,
                    answers: turn.answers,
                    times: turn.times,
                    isTrained: turn.isTrained,
                    arrival: turn.arrival.map(message)
                )
            },
            events: line.events.unordered.sorted(),
            cache: line.cache.map(message)
        )
    }

    /// Goes back to where a run stood.
    ///
    /// - Throws: ``FederatedError`` where the state is not of these data and this model.
    mutating func restore(_ state: CoordinatorState, _ arrays: SharedArrays) throws(FederatedError) {
        let model = try arrays.array(state.model)
        guard model.count == self.model.count, state.counts.count == counts.count else {
            throw FederatedError("the checkpoint is of another model or other devices; delete it")
        }
        self.model = model
        (version, seconds, updates) = (state.version, state.seconds, state.updates)
        (lost, refused, counts) = (state.lost, state.refused, state.counts)
        (points, timeline) = (state.points, state.timeline)
        try method.recall(arrays.arrays(state.memory))
        exchange.held = try arrays.arrays(state.held)
        exchange.residuals = try arrays.arrays(state.residuals)
        atWork = try state.line.map { line throws(FederatedError) in try restored(line, arrays) }
    }

    private func restored(_ state: CoordinatorState.Line, _ arrays: SharedArrays) throws(FederatedError) -> AtWork {
        var line = AtWork(waiting: state.waiting)
        line.begun = state.begun
        line.events = Heap(state.events)
        for message in state.cache { line.cache.append(try arrival(message, arrays)) }
        for turn in state.turns {
            let device = turn.times.device
            guard counts.indices.contains(device) else { throw FederatedError("the checkpoint is damaged; delete it") }
            line.turns[turn.number] = AtWork.Turn(
                turn: WorkerPool.Turn(
                    device: device,
                    parameters: try arrays.array(turn.sent),
                    work: work(epochs: turn.epochs),
                    random: LocalWork.order(seed: sources.seed, device: device, turn: counts[device].turns - 1)
                ),
                version: turn.times.version,
                codec: method.codec(version: turn.times.version),
                answers: turn.answers,
                times: turn.times,
                isTrained: turn.isTrained,
                arrival: try turn.arrival.map { message throws(FederatedError) in try arrival(message, arrays) }
            )
        }
        return line
    }

    private func arrival(
        _ message: CoordinatorState.Message,
        _ arrays: SharedArrays
    ) throws(FederatedError) -> Arrival {
        guard data.shards.indices.contains(message.device) else {
            throw FederatedError("the checkpoint is damaged; delete it")
        }
        return Arrival(
            device: message.device,
            examples: data.shards[message.device].count,
            version: message.version,
            start: try arrays.array(message.start),
            update: try arrays.array(message.update),
            gradient: nil,
            loss: message.loss
        )
    }
}

extension SharedArrays {
    fileprivate func arrays(_ places: [Int]) throws(FederatedError) -> [[Float]] {
        var found: [[Float]] = []
        for place in places { found.append(try array(place)) }
        return found
    }

    fileprivate func arrays(_ places: [Int: Int]) throws(FederatedError) -> [Int: [Float]] {
        var found: [Int: [Float]] = [:]
        for (device, place) in places { found[device] = try array(place) }
        return found
    }
}
