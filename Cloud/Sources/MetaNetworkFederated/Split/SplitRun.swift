import MetaNetwork
import MetaNetworkData
import Torch

/// A generator that learns from clients' images without seeing them: each client has a discriminator, cut into parts that lie on its devices,
/// and sends back the gradient of the images that it was shown. Federated Split GANs, after arXiv 2207.01750 and its authors' notebook; what
/// is otherwise here, and why, is in docs/federated.md.
struct SplitRun {
    private let data: SplitImages
    private let plan: SplitPlan
    private let schedule: Schedule
    private let clock: SplitClock
    private let sources: Sources
    private let clients: [Client]
    private let federation: SplitFederation
    private let twin: SplitFederation?
    private let judge: ImageJudge
    private let partParameters: [Int]
    private var totals = Totals()
    private var points: [SplitPoint] = []

    /// How long the run goes on.
    struct Schedule {
        let rounds: Int
        /// Passes over the images of a client in a round, and images of a step.
        let work: LocalWork
        let measuredEvery: Int
    }

    /// A client that learns.
    private struct Client {
        let number: Int
        let rows: [Int32]
        let factors: [Double]
        let devices: [Int]
        let optimal: [Int]
    }

    /// What has been counted.
    private struct Totals {
        var version = 0
        var steps = 0
        var spent = SplitResult.Spent()
        var exchange = StepExchange()
        var losses = (own: 0.0, generator: 0.0)
        var since = 0
        var twinDifference: Double?
    }

    init(
        _ data: SplitImages,
        _ plan: SplitPlan,
        _ schedule: Schedule,
        _ fleet: Fleet,
        seed: UInt64
    ) throws {
        guard fleet.availability == 1, fleet.dropOut == 0, fleet.stragglers == 0 else {
            throw FederatedError(
                "each step of split-gan waits for all clients; leave out availability, drop-out and stragglers"
            )
        }
        (self.data, self.plan, self.schedule) = (data, plan, schedule)
        sources = Sources(seed: seed)
        let networks = ImageNetworks(
            plan.kind,
            height: data.height,
            width: data.width,
            channels: plan.channels,
            dropout: plan.dropout
        )
        clock = SplitClock(networks, fleet, between: plan.between)
        clients = try Self.clients(data, plan, schedule, networks, clock, sources)
        let (whole, rate) = (clients.map { ($0.number, networks.sizes.map { _ in 0 }) }, schedule.work.rate)
        let split = clients.map { ($0.number, $0.devices) }
        federation = try SplitFederation(networks, placements: plan.isUnsplit ? whole : split, rate: rate, sources)
        twin = plan.hasTwin ? try SplitFederation(networks, placements: whole, rate: rate, sources) : nil
        judge = try ImageJudge(data.examples)
        partParameters = networks.sizes
    }

    /// Places the parts of all clients that learn.
    private static func clients(
        _ data: SplitImages,
        _ plan: SplitPlan,
        _ schedule: Schedule,
        _ networks: ImageNetworks,
        _ clock: SplitClock,
        _ sources: Sources
    ) throws(FederatedError) -> [Client] {
        let shards = data.examples.shards
        guard plan.alone <= shards.count else {
            throw FederatedError(
                "there is no client \(plan.alone) among \(shards.count); give --alone up to \(shards.count)"
            )
        }
        let batch = SplitClock.Batch(real: schedule.work.batch, fakes: plan.fakes)
        var clients: [Client] = []
        for (number, rows) in shards.enumerated() where !rows.isEmpty && (plan.alone == 0 || plan.alone == number + 1) {
            let devices = (0..<plan.devices).map { number * plan.devices + $0 }
            let factors = devices.map { clock.fleet.factor(of: $0, sources) }
            let rooms = devices.map { plan.capacities.isEmpty ? Int.max : plan.capacities[$0 % plan.capacities.count] }
            func search(_ rooms: [Int]) -> PartPlacement {
                PartPlacement(sizes: networks.sizes, rooms: rooms, factors: factors) {
                    clock.seconds($0, factors, batch).all
                }
            }
            // Whole, it is on the fastest, which need not have room.
            let placement = search(plan.isUnsplit ? factors.map { _ in Int.max } : rooms)
            let name = "client \(number + 1)"
            var random = sources.source(.placing, number)
            let optimal = try placement.chosen(.optimal, random: &random, client: name)
            let fastest = factors.indices.min { factors[$0] < factors[$1] } ?? 0
            let chosen =
                plan.isUnsplit
                ? networks.sizes.map { _ in fastest }
                : try placement.chosen(plan.placing, random: &random, client: name)
            clients.append(Client(number: number, rows: rows, factors: factors, devices: chosen, optimal: optimal))
        }
        guard !clients.isEmpty else {
            throw FederatedError(
                "client \(plan.alone) has no images to learn from; give another --alone or --partition"
            )
        }
        return clients
    }

    /// Runs to the end.
    mutating func run(shouldStop: () -> Bool, report: (SplitPoint) throws -> Void) throws -> SplitResult {
        try measure(report)
        while totals.version < schedule.rounds, !shouldStop() {
            try round()
            if totals.version % schedule.measuredEvery == 0 || totals.version == schedule.rounds { try measure(report) }
        }
        let images = try generated()
        let labels = try judge.measure(images).labels
        let batch = SplitClock.Batch(real: schedule.work.batch, fakes: plan.fakes)
        func slowest(_ devices: (Client) -> [Int]) -> Double {
            clients.map { clock.seconds(devices($0), $0.factors, batch).all }.max() ?? 0
        }
        return SplitResult(
            points: points,
            clients: clients.map { placed($0, batch) },
            stepSeconds: slowest(\.devices),
            optimalSeconds: slowest(\.optimal),
            spent: totals.spent,
            floor: judge.floor,
            judgeAccuracy: judge.accuracy,
            images: zip(images, labels).map { ($0, $1) },
            heldOut: data.heldOut,
            generatorParameters: try federation.generator.values().count,
            partParameters: partParameters,
            twinDifference: totals.twinDifference,
            isComplete: totals.version == schedule.rounds
        )
    }

    private func placed(_ client: Client, _ batch: SplitClock.Batch) -> SplitResult.PlacedClient {
        let seconds = clock.seconds(client.devices, client.factors, batch)
        return SplitResult.PlacedClient(
            number: client.number + 1,
            images: client.rows.count,
            factors: client.factors,
            devices: client.devices,
            computing: seconds.computing,
            between: seconds.between,
            messages: seconds.messages
        )
    }

    // MARK: Rounds

    /// As many steps as the client with most images has batches; who has fewer begins again.
    private mutating func round() throws {
        let batches = clients.map { client in
            var random = LocalWork.order(seed: sources.seed, device: client.number, turn: totals.version)
            return schedule.work.batches(of: client.rows, random: &random)
        }
        for step in 0..<(batches.map(\.count).max() ?? 0) {
            try self.step(batches.map { $0[step % $0.count] })
        }
        totals.version += 1
        guard plan.averages, clients.count > 1 else { return }
        let count = try federation.average(&totals.exchange)
        var unused = StepExchange()
        _ = try twin?.average(&unused)
        totals.spent.averaging += clock.averaging(count)
    }

    private mutating func step(_ rows: [[Int32]]) throws {
        var real: [Tensor] = []
        for rows in rows { real.append(try data.tensor(rows)) }
        let step = SplitFederation.Step(
            number: totals.steps,
            latent: try latent(.latent, totals.steps, plan.fakes),
            real: real
        )
        let losses = try federation.gradients(step, &totals.exchange)
        try compare(step)
        guard try federation.takeStep(), try twin?.takeStep() ?? true else {
            throw FederatedError(
                "gradients grow without bound at step size \(schedule.work.rate); lower --local-rate, 0.0002 is usual"
            )
        }
        totals.losses.own += losses.own
        totals.losses.generator += losses.generator
        totals.since += 1
        totals.steps += 1
        advance(rows.map(\.count))
    }

    /// The slowest client says how long a step takes.
    private mutating func advance(_ real: [Int]) {
        let seconds = zip(clients, real).map { client, count in
            clock.seconds(client.devices, client.factors, SplitClock.Batch(real: count, fakes: plan.fakes))
        }
        guard let slowest = seconds.max(by: { $0.all < $1.all }) else { return }
        totals.spent.computing += slowest.computing
        totals.spent.between += slowest.between
        totals.spent.messages += slowest.messages
    }

    /// How far the collected gradients are from those of the twin.
    private mutating func compare(_ step: SplitFederation.Step) throws {
        guard let twin else { return }
        var unused = StepExchange()
        _ = try twin.gradients(SplitFederation.Step(number: step.number, latent: step.latent, real: step.real), &unused)
        for (own, others) in zip(try federation.collected(), try twin.collected()) {
            let largest = others.reduce(0) { max($0, abs($1)) }
            guard largest > 0 else { continue }
            let away = zip(own, others).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
            totals.twinDifference = max(totals.twinDifference ?? 0, Double(away))
        }
    }

    /// What images are made of: normal numbers.
    private func latent(_ purpose: Purpose, _ step: Int, _ count: Int) throws(TorchError) -> Tensor {
        var random = sources.source(purpose, step)
        let values = (0..<count * ImageNetworks.latent).map { _ in random.normal() }
        return try Tensor(values, shape: [count, ImageNetworks.latent])
    }

    // MARK: Measuring

    /// The same images' beginnings each time, as grey values from 0 to 1.
    private func generated() throws -> [[Float]] {
        let latent = try latent(.measuredLatent, 0, judge.images)
        let images = try withoutGradients { try federation.generator(latent, .measuring).rows() }
        return images.map { $0.map { ($0 + 1) / 2 } }
    }

    private mutating func measure(_ report: (SplitPoint) throws -> Void) throws {
        let quality = try judge.measure(try generated()).quality
        let nothing = (own: 2 * 0.6931471805599453, generator: 0.6931471805599453)
        let steps = Double(totals.since)
        let losses =
            totals.since > 0
            ? (own: totals.losses.own / steps, generator: totals.losses.generator / steps) : nothing
        (totals.losses, totals.since) = ((0, 0), 0)
        let point = SplitPoint(
            version: totals.version,
            steps: totals.steps,
            seconds: totals.spent.all,
            bytesUp: totals.exchange.up,
            bytesDown: totals.exchange.down,
            bytesBetween: totals.exchange.between,
            quality: quality,
            loss: losses.own,
            generatorLoss: losses.generator
        )
        points.append(point)
        try report(point)
    }
}
