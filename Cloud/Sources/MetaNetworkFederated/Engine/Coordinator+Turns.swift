import MetaNetworkWire

/// What rounds and applications have in common: a turn's times, and what its message is read as.
extension Coordinator {
    /// When a turn that begins now will have been received and learned.
    ///
    /// - Parameters:
    ///   - handout: Windows that it learns from beside its own.
    ///   - isCharged: Whether its work is charged to the device.
    mutating func times(
        of device: Int,
        down bytes: Int,
        epochs: Int,
        also handout: SyntheticWindows? = nil,
        counts isCharged: Bool = true
    ) -> DeviceTurn {
        let busy = fleet.seconds(
            examples: (data.shards[device].count + (handout?.count ?? 0)) * epochs,
            factor: fleet.factor(of: device, sources)
        )
        if isCharged { counts[device].seconds += busy }
        let received = seconds + fleet.seconds(down: bytes)
        return DeviceTurn(
            device: device,
            version: version,
            start: seconds,
            received: received,
            trained: received + busy,
            arrived: nil
        )
    }

    /// Keeps what became of a turn, as long as there is room.
    mutating func note(_ times: DeviceTurn, _ arrived: Double?, isUsed: Bool) {
        guard timeline.count < DeviceTurn.kept else { return }
        var times = times
        (times.arrived, times.outcome) = (arrived, isUsed ? .arrived : arrived == nil ? .lost : .refused)
        timeline.append(times)
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
