import MetaNetwork

/// Windows made of how models moved (Yuan et al. 2024, arXiv 2411.15716, Fed-TREND): devices learn from some beside their own, and the
/// coordinator refines the model with others.
///
/// Of a round: FedAvg; the model is put down on the global way; it is refined on the global windows, one pass at the devices' step size and
/// batch; every so many rounds windows are made anew, those for devices of the devices' ways, then the global ones of the models' way. A
/// device counts by its own examples. For linear forecasters, whose matching has a closed form: see ``WindowSynthesis``.
public struct FedTREND: FederatedMethod {
    /// Who is at work when.
    public var order: FederatedOrder { average.order }
    /// Name for people.
    public var name: String { "Fed-TREND" }
    /// Whether what a device did counts that had no time for all of it.
    public var keepsPartialWork: Bool { true }
    private let plan: TrendPlan
    private let synthesis: WindowSynthesis
    private let work: LocalWork
    private let momentum: Double
    private let sources: Sources
    private var average: FedAvg
    private var state = TrendState()

    /// - Parameters:
    ///   - devices: Devices of a round.
    ///   - plan: Its numbers.
    ///   - map: The forecaster.
    ///   - work: What devices do, for the step size and batch of refining.
    ///   - momentum: What stays of the average of the control that has one.
    ///   - seed: The run's.
    init(devices: Int, _ plan: TrendPlan, _ map: LinearMap, _ work: LocalWork, momentum: Double, seed: UInt64) {
        average = FedAvg(devices: devices)
        (self.plan, self.work, self.momentum, sources) = (plan, work, momentum, Sources(seed: seed))
        synthesis = WindowSynthesis(
            map: map,
            count: plan.count,
            steps: plan.steps,
            rate: plan.rate,
            innerRate: plan.innerRate
        )
    }

    /// Windows that devices learn from beside their own, once there are some.
    public var handout: SyntheticWindows? { state.clientWindows }
    /// Of each kind of windows, means over all times that they were made: the loss at first, what was left of it, and the share of entries that
    /// moved.
    public var measures: [String: Double] {
        var measures: [String: Double] = [:]
        for (name, outcomes) in [("client", state.clientOutcomes), ("global", state.globalOutcomes)]
        where !outcomes.isEmpty {
            func mean(_ value: (TrendState.Outcome) -> Float) -> Double {
                outcomes.reduce(0) { $0 + Double(value($1)) } / Double(outcomes.count)
            }
            (measures["\(name)LossStart"], measures["\(name)LossLeft"]) = (mean(\.before), mean(\.after))
            measures["\(name)Moved"] = mean(\.moved)
        }
        return measures
    }

    /// Models of all devices, windows, and what was measured.
    public var memory: [[Float]] { state.memory }
    /// Takes up ``memory``.
    public mutating func recall(_ memory: [[Float]]) throws(FederatedError) {
        state = try TrendState(memory, count: plan.count)
    }

    /// Makes the next model.
    public mutating func aggregate(_ arrived: [Arrival], into model: inout [Float], version: Int) {
        if state.first.isEmpty { state.first = model }
        average.aggregate(arrived, into: &model, version: version)
        if plan.usesClients, plan.trajectory == .rounds {
            for arrival in arrived {
                state.devices[arrival.device, default: .init()].latest = Parameters.sum(arrival.start, arrival.update)
            }
        }
        if plan.usesGlobal { followUp(&model, version) }
        guard (version + 1) % plan.every == 0 else { return }
        if plan.usesClients { makeClientWindows(arrived, version) }
        if plan.usesGlobal, plan.synthesis != .average { makeGlobalWindows(version) }
    }

    /// Puts the model down on its way, and refines it.
    private mutating func followUp(_ model: inout [Float], _ version: Int) {
        guard plan.synthesis != .average else {
            // The way is the average alone.
            if let last = state.path.last {
                for place in model.indices {
                    model[place] = Float(momentum) * last[place] + Float(1 - momentum) * model[place]
                }
            }
            state.path = [model]
            return
        }
        state.path.append(model)
        if let windows = state.globalWindows { refine(&model, windows, version) }
    }

    private func refine(_ model: inout [Float], _ windows: SyntheticWindows, _ version: Int) {
        let map = synthesis.map
        var random = sources.source(.synthesis, version, 0)
        var weights = model.map(Double.init)
        var pass = work
        pass.epochs = 1
        for batch in pass.batches(of: (0..<Int32(windows.count)).map(\.self), random: &random) {
            let places = batch.map(Int.init)
            let inputs = places.flatMap { windows.inputs[$0 * map.window..<($0 + 1) * map.window] }.map(Double.init)
            let targets = places.flatMap { windows.targets[$0 * map.horizon..<($0 + 1) * map.horizon] }
            map.step(
                &weights,
                rows: map.rows(inputs, count: places.count),
                targets: targets.map(Double.init),
                rate: work.rate
            )
        }
        model = weights.map { Float($0) }
    }

    private mutating func makeClientWindows(_ arrived: [Arrival], _ version: Int) {
        let ways: [Trajectory]
        switch plan.trajectory {
        case .round: ways = arrived.compactMap { Trajectory(from: $0.start, to: Parameters.sum($0.start, $0.update)) }
        case .rounds: ways = state.takeWays()
        }
        guard let made = windows(ways, sources.source(.synthesis, version, 1)) else { return }
        state.clientWindows = made.windows
        state.clientOutcomes.append(made.outcome)
    }

    private mutating func makeGlobalWindows(_ version: Int) {
        let ways = zip(state.path, state.path.dropFirst()).compactMap { Trajectory(from: $0, to: $1) }
        state.path = state.path.suffix(1)
        guard let made = windows(ways, sources.source(.synthesis, version, 2)) else { return }
        state.globalWindows = made.windows
        state.globalOutcomes.append(made.outcome)
    }

    /// Windows of some ways; `nil` where nothing has moved, and those that there are stay.
    private func windows(
        _ ways: [Trajectory],
        _ source: SeededGenerator
    ) -> (windows: SyntheticWindows, outcome: TrendState.Outcome)? {
        guard !ways.isEmpty else { return nil }
        var random = source
        let noise = synthesis.noise(&random)
        guard plan.synthesis != .noise else {
            let loss = synthesis.meanLoss(noise, ways)
            return (synthesis.windows(noise), TrendState.Outcome(before: Float(loss), after: Float(loss), moved: 0))
        }
        let (values, outcome) = synthesis.match(noise, ways, &random)
        var windows = synthesis.windows(values)
        if plan.synthesis == .shuffled {
            let horizon = synthesis.map.horizon
            let others = (0..<windows.count).shuffled(using: &random)
            windows.targets = others.flatMap { windows.targets[$0 * horizon..<($0 + 1) * horizon] }
        }
        return (
            windows,
            TrendState.Outcome(
                before: Float(outcome.before),
                after: Float(outcome.after),
                moved: Float(outcome.moved)
            )
        )
    }
}
