import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkWire
import Testing

@testable import MetaNetworkFederated

@Suite("The coordinator")
struct CoordinatorTests {
    @Test("the same run has the same bits on one thread and on three, in rounds and as devices apply")
    func threads() throws {
        let data = try Samples.data(.dirichletClasses(0.5))
        let fleet = Fleet(speeds: .pareto(1), uplink: 1e5, downlink: 5e5, latency: 0.01, dropOut: 0.1, stragglers: 0.3)
        let compression = TEASQFed.Compression(
            from: try UpdateCodec(density: 0.2, bits: 4),
            to: try UpdateCodec(density: 0.5, bits: 8),
            models: 8
        )
        func runs(_ workers: Int) throws -> [FederatedResult] {
            [
                try Samples.run(FedAvg(devices: 4, pull: 0.1), data, fleet, models: 8, workers: workers),
                try Samples.run(FOLB(devices: 4, pull: 0.1), data, fleet, models: 8, workers: workers),
                try Samples.run(FedAsync(atOnce: 3), data, fleet, models: 20, workers: workers),
                try Samples.run(
                    TEASQFed(atOnce: 4, cache: 3, compression: compression),
                    data,
                    fleet,
                    models: 12,
                    workers: workers
                ),
            ]
        }
        for (one, other) in zip(try runs(1), try runs(3)) {
            #expect(one.parameters == other.parameters && one.points == other.points && one.devices == other.devices)
        }
    }

    @Test(
        "with all devices at work and all waited for, buffered applications are rounds with equal weights, bit by bit"
    )
    func equivalence() throws {
        let data = try Samples.data()
        let rounds = try Samples.run(FedAvg(devices: 10, weighsEqually: true), data, models: 1)
        let applications = try Samples.run(FedBuff(atOnce: 10, cache: 10), data, models: 1)
        #expect(Samples.distance(rounds.parameters, applications.parameters) < 1e-6)
        #expect(rounds.points.last?.updates == 10 && applications.points.last?.updates == 10)
        #expect(rounds.points.last?.bytesUp == applications.points.last?.bytesUp)
    }

    @Test("learns, and every device's steps and bytes are counted")
    func counts() throws {
        let data = try Samples.data()
        let result = try Samples.run(FedAvg(devices: 5), data, models: 12)
        let (first, last) = (try #require(result.points.first), try #require(result.points.last))
        #expect(
            last.metrics["accuracy", default: 0] > 0.85 && last.trainingLoss < first.trainingLoss / 2
                && result.points.count == 13
        )
        #expect(result.devices.map(\.turns).reduce(0, +) == 60)
        // 12 examples in batches of 5 twice over: 6 steps a turn; 43 parameters of 4 bytes each way.
        #expect(last.steps == 360 && last.bytesUp == 60 * 43 * 4 && last.bytesDown == last.bytesUp)
        let gradients = try Samples.run(FOLB(devices: 5), data, models: 12)
        #expect(gradients.points.last?.bytesUp == 2 * last.bytesUp)
    }

    @Test("a round takes as long as its slowest device: message, work, message")
    func clock() throws {
        let data = try Samples.data(devices: 3)
        let fleet = Fleet(
            speeds: .given([1, 2, 4]),
            secondsPerExample: 0.5,
            uplink: 43 * 32,
            downlink: 43 * 64,
            latency: 0.25
        )
        let result = try Samples.run(FedAvg(devices: 3), data, fleet, models: 2)
        // 0.25 + 0.5 down, 24 examples of 2 s, 0.25 + 1 up.
        #expect(abs(try #require(result.points.last).seconds - 2 * 50) < 1e-9)
        let alone = try Samples.run(FedAsync(atOnce: 1), data, fleet, models: 3)
        #expect(abs(try #require(alone.points.last).seconds - (3 * 2 + 24 * 0.5 * 7)) < 1e-9)
        let free = try Samples.run(FedAvg(devices: 3), data, Fleet(secondsPerExample: 0), models: 2)
        #expect(free.points.last?.seconds == 0)
    }

    @Test(
        "a budget of simulated seconds ends a run and changes nothing before its end"
    )
    func budgetOfTime() throws {
        let data = try Samples.data(devices: 3)
        func run(_ method: FederatedPlan.MethodName, seconds: Double, rounds: Int) throws -> FederatedResult {
            var plan = FederatedPlan()
            (plan.method, plan.atOnce, plan.epochs, plan.seconds, plan.models) = (method, 3, 2, seconds, rounds)
            (plan.speeds, plan.millisecondsPerExample) = ("pareto-1", 500)
            return try plan.run(Samples.learner(data), data, seed: 1, workers: 1)
        }
        for method in [FederatedPlan.MethodName.fedavg, .fedasync] {
            let whole = try run(method, seconds: 0, rounds: 12)
            let budget = try #require(whole.points.last).seconds / 2
            let cut = try run(method, seconds: budget, rounds: 1000)
            #expect(cut.points == Array(whole.points.prefix(cut.points.count)) && cut.points.count > 2)
            // A round that has begun is waited for, an update on its way is not.
            #expect(cut.points.dropLast().allSatisfy { $0.seconds < budget })
            #expect(whole.points[cut.points.count].seconds >= budget)
        }
    }

    @Test("methods that are compared meet the same devices")
    func pairing() throws {
        let data = try Samples.data()
        let fleet = Fleet(availability: 0.7, stragglers: 0.5)
        let turns = try [FedAvg(devices: 3, pull: 0.1), FedAvg(devices: 3, pull: 1, weighsEqually: true)].map {
            try Samples.run($0, data, fleet, models: 6).devices.map(\.turns)
        }
        let folb = try Samples.run(FOLB(devices: 3), data, fleet, models: 6).devices.map(\.turns)
        #expect(turns[0] == turns[1] && turns[0] == folb)
    }

    @Test("FedAvg drops what stragglers did, FedProx keeps it, and a device that never answers costs its update alone")
    func stragglers() throws {
        let data = try Samples.data()
        let slow = Fleet(stragglers: 1)
        #expect(try Samples.run(FedAvg(devices: 5), data, slow).lost == 25)
        let kept = try Samples.run(FedAvg(devices: 5, pull: 0.1), data, slow)
        #expect(kept.lost == 0 && kept.points.last?.steps == 5 * 5 * 3)
        let silent = try Samples.run(FedAvg(devices: 5), data, Fleet(dropOut: 0.5), models: 8)
        #expect(silent.lost > 5 && silent.points.last?.version == 8 && silent.points.last?.updates == 40 - silent.lost)
        let nobody = try Samples.run(FedAvg(devices: 5), data, Fleet(dropOut: 1), models: 3)
        #expect(nobody.points.first?.metrics == nobody.points.last?.metrics && nobody.points.last?.version == 3)
    }

    @Test("an update that is not finite or beyond the bound is refused and counted, and the run goes on")
    func refusals() throws {
        let data = try Samples.data()
        let wild = try Samples.run(FedAvg(devices: 5), data, models: 3) { $0.work.rate = 1e30 }
        #expect(wild.refused == 15 && wild.parameters.allSatisfy(\.isFinite))
        let bounded = try Samples.run(FedAvg(devices: 5), data, models: 3) { $0.normBound = 1e-6 }
        #expect(bounded.refused == 15 && bounded.points.last?.version == 3)
    }

    @Test("too few devices, and numbers that cannot be, are one message before anything runs")
    func mistakes() throws {
        let data = try Samples.data(devices: 4)
        let error = #expect(throws: FederatedError.self) { try Samples.run(FedAvg(devices: 5), data) }
        #expect(error?.description.contains("5 devices at once, and 4 have examples") == true)
        #expect(throws: FederatedError.self) { try Samples.run(FedAvg(devices: 0), data) }
        #expect(throws: FederatedError.self) { try Samples.run(FedBuff(atOnce: 2, cache: 3), data) }
        #expect(throws: FederatedError.self) { try Samples.run(FedAvg(devices: 2), data) { $0.work.batch = 0 } }
    }

    @Test("a run ends by models, by updates and by simulated seconds")
    func ends() throws {
        let data = try Samples.data()
        #expect(try Samples.run(FedAvg(devices: 5), data, models: 4).points.last?.version == 4)
        #expect(try Samples.run(FedAsync(atOnce: 2), data, models: 1000) { $0.updates = 30 }.points.last?.updates == 30)
        let timed = try Samples.run(FedAvg(devices: 5), data, models: 1000) { $0.seconds = 1 }
        #expect(try #require(timed.points.last).seconds >= 1 && (timed.points.last?.version ?? 0) < 1000)
    }

    @Test("what is drawn by weight comes as often as its weight says, and never twice; what weighs nothing comes last")
    func drawing() throws {
        typealias Drawing = Coordinator<FedAvg>
        var firsts = [0, 0, 0, 0]
        for seed in 0..<4000 {
            var random = SeededGenerator(seed: UInt64(seed))
            let drawn = Drawing.drawn(4, weights: [1, 2, 5, 0], &random)
            #expect(drawn.sorted() == [0, 1, 2, 3] && drawn[3] == 3)
            firsts[drawn[0]] += 1
        }
        // Four standard deviations of a share of 4,000 are at most 0.032.
        for (count, share) in zip(firsts, [0.125, 0.25, 0.625, 0]) {
            #expect(abs(Double(count) / 4000 - share) < 0.032)
        }
    }

    @Test("devices drawn by their gradients are other ones than by lot, and learn")
    func byGradient() throws {
        let data = try Samples.data(.classes(1))
        let run = { (draws: Bool) in
            try Samples.run(FedAvg(devices: 3, drawsByGradient: draws), data, models: 8)
        }
        let (by, lot) = (try run(true), try run(false))
        #expect(by.devices.map(\.turns) != lot.devices.map(\.turns))
        #expect(by.devices.reduce(0) { $0 + $1.turns } == 3 * 8)
        #expect(by.points[8].trainingLoss < by.points[0].trainingLoss)
    }

    @Test("a device without an example is never asked, whatever the method")
    func empty() throws {
        let full = try Samples.data(devices: 4)
        var shards = full.shards
        shards[1] = []
        struct Dealt: DealtExamples {
            let shards: [[Int32]]
            let digest = ""
            let description = ""
            let split = ""
        }
        let data = Dealt(shards: shards)
        let configuration = FederatedConfiguration(work: Samples.work, models: 9)
        var rounds = try Coordinator(FedAvg(devices: 3), Samples.learner(full), data, Fleet(), configuration)
        var applications = try Coordinator(
            FedBuff(atOnce: 3, cache: 2),
            Samples.learner(full),
            data,
            Fleet(),
            configuration
        )
        for turns in [try rounds.run().devices.map(\.turns), try applications.run().devices.map(\.turns)] {
            #expect(turns[1] == 0 && turns[0] > 3 && turns[2] > 3 && turns[3] > 3)
        }
        #expect(throws: FederatedError.self) {
            try Coordinator(FedAvg(devices: 4), Samples.learner(full), data, Fleet(), configuration)
        }
    }

    @Test("a device that applies is away between turns for the share of time that it is not there, or for good")
    func absence() throws {
        let data = try Samples.data()
        func busy(_ availability: Double) throws -> (share: Double, turns: Int) {
            let result = try Samples.run(FedAsync(atOnce: 10), data, Fleet(availability: availability), models: 2_000) {
                $0.seconds = 40
                $0.measuredEvery = 1_000
            }
            let seconds = try #require(result.points.last).seconds
            let share = result.devices.reduce(0) { $0 + $1.seconds } / (10 * seconds)
            return (share, result.devices.reduce(0) { $0 + $1.turns })
        }
        // 24 examples of 10 ms a turn: in 40 s about 167 turns of each that is always there.
        #expect(try busy(1).share > 0.99)
        for availability in [0.3, 0.7] {
            let found = try busy(availability)
            #expect(abs(found.share - availability) < 0.05, "\(found)")
        }
        #expect(try busy(0).turns == 0)
        let (one, three) = try (
            Samples.run(FedBuff(atOnce: 4, cache: 2), data, Fleet(availability: 0.5), workers: 1),
            Samples.run(FedBuff(atOnce: 4, cache: 2), data, Fleet(availability: 0.5), workers: 3)
        )
        #expect(one.parameters == three.parameters && one.points == three.points)
    }

    @Test("turns are kept with their times: down, learning, up, and what became of them")
    func timeline() throws {
        let data = try Samples.data(devices: 3)
        let fleet = Fleet(
            speeds: .given([1, 2, 4]),
            secondsPerExample: 0.5,
            uplink: 43 * 32,
            downlink: 43 * 64,
            latency: 0.25
        )
        let rounds = try Samples.run(FedAvg(devices: 3), data, fleet, models: 2).timeline
        #expect(rounds.map(\.device) == [0, 1, 2, 0, 1, 2] && rounds.map(\.version) == [0, 0, 0, 1, 1, 1])
        let slow = rounds[2]
        #expect([slow.start, slow.received, slow.trained, slow.arrived] == [0, 0.75, 48.75, 50])
        #expect(rounds[3].start == 50 && rounds.allSatisfy { $0.outcome == .arrived })
        let lost = try Samples.run(FedAsync(atOnce: 2), data, Fleet(dropOut: 1), models: 1) { $0.seconds = 1 }.timeline
        #expect(!lost.isEmpty && lost.allSatisfy { $0.outcome == .lost && $0.arrived == nil })
        let refused = try Samples.run(FedBuff(atOnce: 2, cache: 1), data, models: 2) {
            $0.normBound = 1e-9
            $0.updates = 4
        }.timeline
        #expect(refused.count == 4 && refused.allSatisfy { $0.outcome == .refused && $0.arrived != nil })
        let many = try Samples.run(FedAvg(devices: 3), data, models: 300) { $0.measuredEvery = 300 }.timeline
        #expect(many.count == DeviceTurn.kept)
    }

    @Test("speeds are read from a file, a factor a line, and a line that is none is named")
    func speeds() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "speeds-\(UUID()).txt")
        defer { try? FileManager.default.removeItem(at: url) }
        try Data("1\n2.5\r\n 4 \n".utf8).write(to: url)
        #expect(try Fleet.Speeds(url.path) == .given([1, 2.5, 4]))
        let sources = Sources(seed: 1)
        #expect((0..<4).map { Fleet(speeds: .given([1, 2.5, 4])).factor(of: $0, sources) } == [1, 2.5, 4, 1])
        for (text, expected) in [("1\nfast\n", "line 2"), ("0\n", "line 1"), ("", "empty")] {
            try Data(text.utf8).write(to: url)
            let error = #expect(throws: FederatedError.self) { try Fleet.Speeds(url.path) }
            #expect(error?.description.contains(expected) == true)
        }
        #expect(throws: FederatedError.self) { try Fleet.Speeds("quick") }
    }
}
