import MetaNetwork
import MetaNetworkData

/// Gradient descent on one linear regression that devices share, where those with more rows than they have time for send codes of them to
/// their neighbours: device-to-device coded learning after arXiv 2111.14789, with its controls.
///
/// The coordinator waits for all gradients of an iteration, so that the slowest device says how long it takes. Of the paper no code is public,
/// and its constants are unknown; what is here is derived: see docs/federated.md.
struct CodedRun {
    let data: SharedRegression
    let sharing: RowSharing
    let plan: CodedPlan
    /// Iterations of all periods, the step and the momentum.
    let descent: Descent
    let clock: CodedClock
    let sources: Sources
    private var weights: [Double]
    private var velocity: [Double]
    private var ends: Ends
    private var totals = Totals()
    private var points: [CodedPoint] = []
    private var recoveries: [Double?] = []

    /// How gradient descent goes.
    struct Descent {
        let iterations: Int
        let rate: Double
        let momentum: Double
        let measuredEvery: Int
    }

    /// What has been counted.
    private struct Totals {
        var version = 0
        var seconds = 0.0
        var bytesUp = 0
        var bytesDown = 0
        var bytesBetween = 0
        var exchange = 0.0
    }

    /// Where descent was at the end of each code of a period but the first.
    private struct Ends {
        var sum: [Double]
        var count = 0
    }

    init(
        _ data: SharedRegression,
        _ sharing: RowSharing,
        _ plan: CodedPlan,
        _ descent: Descent,
        _ fleet: Fleet,
        seed: UInt64
    ) throws(FederatedError) {
        guard fleet.availability == 1, fleet.dropOut == 0, fleet.stragglers == 0 else {
            throw FederatedError(
                "methods that share rows wait for all devices; leave out availability, drop-out and stragglers"
            )
        }
        guard !sharing.moves || sharing.usesServer || data.graph.links > 0 else {
            throw FederatedError(
                "no device is linked to another, so none can send rows; give another --graph, or take server-parity"
            )
        }
        guard descent.iterations >= data.periods.count else {
            throw FederatedError(
                "\(descent.iterations) rounds are fewer than the \(data.periods.count) periods; give one a period at least"
            )
        }
        (self.data, self.sharing, self.plan, self.descent) = (data, sharing, plan, descent)
        sources = Sources(seed: seed)
        let outputs = data.outputs.names.count
        clock = CodedClock(fleet, plan, devices: data.names.count, width: data.width, outputs: outputs, sources)
        weights = Array(repeating: 0, count: data.width * outputs)
        velocity = weights
        ends = Ends(sum: weights)
    }

    /// Runs to the end.
    mutating func run(shouldStop: () -> Bool, report: (CodedPoint) throws -> Void) throws -> CodedResult {
        let rate = chosenRate()
        var loads = DeviceLoads.unmoved(rows: [], pace: [])
        var isStopped = false
        for number in data.periods.indices where !isStopped {
            loads = self.loads(number, rate: rate)
            isStopped = try !period(number, loads, shouldStop, report)
        }
        let last = data.periods[data.periods.count - 1]
        let all = recoveries.compactMap(\.self)
        return CodedResult(
            weights: model,
            points: points,
            scores: data.scores(model),
            rate: sharing.hasRate ? rate : nil,
            loads: loads,
            rows: last.rows.map(\.count),
            pace: clock.pace,
            recovery: all.isEmpty || all.count < recoveries.count ? nil : all.reduce(0, +) / Double(all.count),
            exchangeSeconds: totals.exchange,
            isComplete: !isStopped,
            width: data.width
        )
    }

    /// ρ as it was given, or as is best for the first period.
    private func chosenRate() -> Double {
        guard sharing.hasRate else { return 1 }
        return plan.rate ?? time(0).best()
    }

    private func time(_ period: Int) -> TotalTime {
        TotalTime(
            sharing: sharing,
            clock: clock,
            rows: data.periods[period].rows.map(\.count),
            graph: data.graph,
            plan: plan,
            iterations: plan.expected > 0 ? plan.expected : max(1, descent.iterations / data.periods.count)
        )
    }

    /// Who computes what in a period.
    private func loads(_ period: Int, rate: Double) -> DeviceLoads {
        if sharing.moves { return time(period).loads(rate: rate) }
        var rows = data.periods[period].rows.map(\.count)
        if sharing.form == .dropped {
            let own = zip(rows, clock.pace).map { Double($0) * $1 }
            let busy = rows.indices.filter { rows[$0] > 0 }.sorted { (own[$1], $0) < (own[$0], $1) }
            for device in busy.prefix(min(busy.count - 1, Int(plan.dropped * Double(busy.count)))) { rows[device] = 0 }
        }
        return .unmoved(rows: rows, pace: clock.pace)
    }

    // MARK: Periods

    /// Rows of a device: those that it computes itself, and those that it has no time for.
    private typealias Split = (kept: RegressionRows, excess: RegressionRows)

    /// - Returns: Whether it was not stopped.
    private mutating func period(
        _ number: Int,
        _ loads: DeviceLoads,
        _ shouldStop: () -> Bool,
        _ report: (CodedPoint) throws -> Void
    ) throws -> Bool {
        let gauge = Gauge(data.periods[number], ridge: plan.ridge, isOfClasses: data.outputs.kind == .classification)
        let split = split(number, loads)
        var local = NormalEquations(width: data.width, outputs: data.outputs.names.count)
        for part in split { local += NormalEquations(part.kept) }
        let count = loads.kept.reduce(0, +) + loads.excess.reduce(0, +)
        beginPeriod()
        let begun = totals.seconds
        var recovered = try measure(gauge, report).excess <= plan.target ? 0 : nil as Double?
        var equations = local
        let (first, end) = (iteration(number), iteration(number + 1))
        for iteration in first..<end {
            guard !shouldStop() else { return false }
            if let code = code(beginningAt: iteration - first, loads) {
                equations = local
                add(split, loads, period: number, code: code, to: &equations)
            }
            try step(equations, rows: count)
            advance(loads)
            guard totals.version % descent.measuredEvery == 0 || iteration == end - 1 else { continue }
            let excess = try measure(gauge, report).excess
            if recovered == nil, excess <= plan.target { recovered = totals.seconds - begun }
        }
        if number > 0 { recoveries.append(recovered) }
        return true
    }

    private func split(_ number: Int, _ loads: DeviceLoads) -> [Split] {
        data.periods[number].rows.enumerated().map { device, rows in
            var random = LocalWork.order(seed: sources.seed, device: device, turn: number)
            let order = (0..<rows.count).shuffled(using: &random)
            let (kept, excess) = (loads.kept[device], loads.excess[device])
            return (rows.rows(order.prefix(kept)), rows.rows(order.dropFirst(kept).prefix(excess)))
        }
    }

    /// Goes on from the model, with new rows.
    private mutating func beginPeriod() {
        weights = model
        velocity = weights.map { _ in 0 }
        ends = Ends(sum: velocity)
    }

    /// The number of the code that begins with an iteration of a period; `nil` where none does.
    private func code(beginningAt iteration: Int, _ loads: DeviceLoads) -> Int? {
        if iteration == 0 { return 0 }
        guard sharing.hasRate, loads.coded > 0, plan.renewedEvery > 0, iteration % plan.renewedEvery == 0 else {
            return nil
        }
        return iteration / plan.renewedEvery
    }

    /// Sends the rows that devices have no time for, and adds what they say.
    private mutating func add(
        _ split: [Split],
        _ loads: DeviceLoads,
        period: Int,
        code: Int,
        to equations: inout NormalEquations
    ) {
        // The first code began where nothing had been learned, and is left out of the mean.
        if code > 1 { keepEnd() }
        let counts = loads.coded(of: split.count)
        for (device, part) in split.enumerated() where part.excess.count > 0 {
            var random = sources.source(.coding, device, period, code)
            equations += NormalEquations(moved(part.excess, counts[device], &random))
        }
        exchange(loads)
    }

    /// The first iteration of a period.
    private func iteration(_ period: Int) -> Int { descent.iterations * period / data.periods.count }

    private func moved(_ rows: RegressionRows, _ count: Int, _ random: inout SeededGenerator) -> RegressionRows {
        switch sharing.form {
        case .coded: rows.coded(count, &random)
        case .sampled: rows.sampled(count, &random)
        case .raw, .kept, .dropped: rows
        }
    }

    // MARK: Steps

    private mutating func step(_ equations: NormalEquations, rows: Int) throws(FederatedError) {
        let gradient = equations.gradient(weights)
        for place in weights.indices {
            velocity[place] =
                descent.momentum * velocity[place]
                - descent.rate * (gradient[place] / Double(rows) + plan.ridge * weights[place])
            weights[place] += velocity[place]
        }
        guard weights.allSatisfy({ abs($0) < Self.mostWeight }) else {
            throw FederatedError(
                "weights grow without bound at step size \(descent.rate) and momentum \(descent.momentum); lower --local-rate"
            )
        }
    }

    private static let mostWeight = 1e9

    private mutating func keepEnd() {
        for place in weights.indices { ends.sum[place] += weights[place] }
        ends.count += 1
    }

    /// The mean of what each code but the first came to, which averages out what is random in them; until the second code ends, where
    /// descent is.
    private var model: [Double] {
        guard ends.count > 0 else { return weights }
        return zip(ends.sum, weights).map { ($0 + $1) / Double(ends.count + 1) }
    }

    // MARK: Clock

    private mutating func exchange(_ loads: DeviceLoads) {
        let seconds = clock.exchange(loads, isEncoded: sharing.form == .coded)
        totals.seconds += seconds
        totals.exchange += seconds
        let bytes = loads.coded * clock.rowBytes
        if sharing.usesServer { totals.bytesUp += bytes } else { totals.bytesBetween += bytes }
    }

    private mutating func advance(_ loads: DeviceLoads) {
        let received = loads.received(data.names.count)
        let asked = data.names.indices.count(where: { loads.kept[$0] + received[$0] > 0 })
        totals.version += 1
        totals.seconds += loads.seconds + clock.messages
        totals.bytesUp += asked * clock.modelBytes
        totals.bytesDown += asked * clock.modelBytes
    }

    private mutating func measure(_ gauge: Gauge, _ report: (CodedPoint) throws -> Void) throws -> CodedPoint {
        let model = model
        let error = gauge.test(model)
        let point = CodedPoint(
            version: totals.version,
            seconds: totals.seconds,
            bytesUp: totals.bytesUp,
            bytesDown: totals.bytesDown,
            bytesBetween: totals.bytesBetween,
            error: error,
            excess: error / gauge.least - 1,
            accuracy: gauge.accuracy(model),
            trainingError: gauge.training(model)
        )
        points.append(point)
        try report(point)
        return point
    }
}
