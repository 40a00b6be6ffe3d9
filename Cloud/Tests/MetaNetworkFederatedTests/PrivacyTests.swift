import Foundation
import MetaNetwork
import MetaNetworkData
import Testing

@testable import MetaNetworkFederated

/// `Fixtures/privacy.json`: ε as Google's accountants find it.
private struct PrivacyFixture: Decodable {
    let samplingRate: Double
    let noise: Double
    let rounds: Int
    let delta: Double
    let epsilon: Double
    let whole: Double
    let divergences: [String: Double]
    let tight: Double

    static func load() throws -> [PrivacyFixture] {
        let url = Bundle.module.url(forResource: "privacy", withExtension: "json", subdirectory: "Fixtures")
        return try JSONDecoder().decode([PrivacyFixture].self, from: Data(contentsOf: #require(url)))
    }
}

@Suite("Privacy of devices")
struct PrivacyTests {
    @Test(
        "ε is that of Google's Rényi accountant where that is exact, else at most it, and never below that of loss distributions"
    )
    func accountant() throws {
        for fixture in try PrivacyFixture.load() {
            let accountant = PrivacyAccountant(samplingRate: fixture.samplingRate, noise: fixture.noise)
            func epsilon(_ orders: [Double]) -> Double {
                accountant.epsilon(rounds: fixture.rounds, delta: fixture.delta, orders: orders)
            }
            let whole = epsilon(PrivacyAccountant.orders.filter { $0 == $0.rounded() })
            #expect(abs(whole - fixture.whole) < 1e-9 * fixture.whole, "\(fixture): \(whole)")
            for (order, divergence) in fixture.divergences {
                let found = accountant.divergence(order: try #require(Double(order)))
                #expect(abs(found - divergence) < 1e-9 * divergence + 1e-13, "\(fixture), \(order): \(found)")
            }
            let best = accountant.epsilon(rounds: fixture.rounds, delta: fixture.delta)
            #expect(best <= fixture.epsilon * (1 + 1e-9) && best > 0.99 * fixture.epsilon && best >= fixture.tight)
        }
    }

    @Test("the divergence of a whole order is the limit of those of orders beside it")
    func orders() {
        let accountant = PrivacyAccountant(samplingRate: 0.1, noise: 0.8)
        for order in [2.0, 3, 7] {
            let beside = (accountant.divergence(order: order - 1e-6) + accountant.divergence(order: order + 1e-6)) / 2
            #expect(abs(accountant.divergence(order: order) - beside) < 1e-9 * beside)
        }
    }

    @Test("without noise ε is infinite, without rounds it is 0, and it grows with rounds and shrinks with noise")
    func limits() throws {
        func epsilon(_ noise: Double, rounds: Int = 10, rate: Double = 0.1) -> Double {
            PrivacyAccountant(samplingRate: rate, noise: noise).epsilon(rounds: rounds, delta: 1e-5)
        }
        #expect(epsilon(0) == .infinity && epsilon(1, rounds: 0) == 0 && epsilon(0, rounds: 0) == 0)
        #expect(epsilon(1, rounds: 20) > epsilon(1) && epsilon(2) < epsilon(1) && epsilon(1, rate: 0.2) > epsilon(1))
        let data = try Samples.data()
        let clipped = try Samples.run(FedAvg(devices: 5, privacy: privacy(clip: 1, noise: 0)), data)
        #expect(clipped.privacy?.epsilon == nil && clipped.privacy?.rounds == 5)
        #expect(try Samples.run(FedAvg(devices: 5), data).privacy == nil)
        let noisy = try Samples.run(FedAvg(devices: 5, privacy: privacy(clip: 1, noise: 2)), data)
        let stated = try #require(noisy.privacy)
        #expect(stated.samplingRate == 0.5 && stated.delta == 1e-3)
        #expect(stated.epsilon == PrivacyAccountant(samplingRate: 0.5, noise: 2).epsilon(rounds: 5, delta: 1e-3))
    }

    private func privacy(clip: Double, noise: Double, seed: UInt64 = 1) throws -> DevicePrivacy {
        try DevicePrivacy(clip: clip, noise: noise, delta: 1e-3, seed: seed)
    }

    @Test(
        "one device more or less changes the sum of a round by at most the norm, however long its update, in any order"
    )
    func sensitivity() throws {
        let privacy = try privacy(clip: 0.7, noise: 0)
        var random = SeededGenerator(seed: 5)
        for size in [0.01, 1, 1e6] as [Float] {
            let updates = (0..<6).map { number in
                (0..<50).map { _ in size * Float(number + 1) * random.normal() }
            }
            func sum(_ updates: [[Float]]) -> [Float] { privacy.mean(of: updates, count: 50, expected: 1, version: 0) }
            let all = sum(updates)
            for place in updates.indices {
                var others = updates
                others.remove(at: place)
                let change = Parameters.difference(all, sum(others))
                #expect(Parameters.dot(change, change).squareRoot() <= 0.7 * 1.000_001)
            }
            #expect(Samples.distance(all, sum(updates.reversed())) < 1e-6)
        }
        // What is shorter stays as it is.
        #expect(privacy.mean(of: [[0.3, 0.4]], count: 2, expected: 2, version: 0) == [0.15, 0.2])
        #expect(privacy.mean(of: [], count: 2, expected: 2, version: 0) == [0, 0])
    }

    @Test(
        "the noise of a mean has the standard deviation that was promised, in each round another, with whoever is there"
    )
    func deviation() throws {
        let count = 40_000
        let privacy = try privacy(clip: 0.5, noise: 3)
        let one = privacy.mean(of: [], count: count, expected: 4, version: 0)
        let other = privacy.mean(of: [], count: count, expected: 4, version: 1)
        let deviation = (Parameters.dot(one, one) / Double(count)).squareRoot()
        // Four standard errors of a deviation are 4 / √(2n) of it.
        #expect(abs(deviation / (3 * 0.5 / 4) - 1) < 4 / Double(2 * count).squareRoot())
        let mean = one.reduce(0) { $0 + Double($1) } / Double(count)
        #expect(abs(mean) < 4 * deviation / Double(count).squareRoot())
        #expect(abs(Parameters.dot(one, other)) / Double(count) < 0.02 * deviation * deviation)
        let fourth = one.reduce(0) { $0 + pow(Double($1) / deviation, 4) } / Double(count)
        #expect(abs(fourth - 3) < 0.2)
    }

    @Test(
        "a round asks each device by itself, as many as were said on average, and makes a model where nobody was asked"
    )
    func sampling() throws {
        let data = try Samples.data()
        let result = try Samples.run(FedAvg(devices: 2, privacy: privacy(clip: 1, noise: 1)), data, models: 200) {
            $0.measuredEvery = 1
        }
        let counts = zip(result.points.dropFirst(), result.points).map { $0.updates - $1.updates }
        let mean = Double(counts.reduce(0, +)) / 200
        // 10 devices with a fifth each: a variance of 1.6.
        #expect(abs(mean - 2) < 4 * (1.6 / 200).squareRoot())
        #expect(counts.contains(0) && counts.contains { $0 > 3 } && result.points.last?.version == 200)
        let turns = result.devices.map { Double($0.turns) }
        #expect(turns.allSatisfy { abs($0 - 40) < 4.5 * (200 * 0.16).squareRoot() })
        let silent = try Samples.run(FedAvg(devices: 2, privacy: privacy(clip: 1, noise: 1)), data, Fleet(dropOut: 1))
        #expect(silent.parameters != (try Samples.learner(data).start(seed: 1)))
    }

    @Test(
        "learns through clipping and noise where many devices take part, with weights that do not depend on their examples"
    )
    func learning() throws {
        let data = try Samples.data(devices: 60, .dirichletClasses(5))
        let method = FedAvg(devices: 30, privacy: try privacy(clip: 0.5, noise: 0.5))
        #expect(method.weighsEqually)
        let result = try Samples.run(method, data, models: 25)
        #expect(try #require(result.points.last?.metrics["accuracy"]) > 0.8)
    }

    @Test("methods that it does not fit, noise without a norm, and numbers that cannot be are one message")
    func refusals() throws {
        let data = try Samples.data()
        let learner = try Samples.learner(data)
        for method in FederatedPlan.MethodName.allCases where ![.fedavg, .fedprox, .fedavgm].contains(method) {
            var plan = FederatedPlan()
            (plan.method, plan.clip, plan.noise) = (method, 1, 1)
            let error = #expect(throws: FederatedError.self) { try plan.run(learner, data, seed: 1, workers: 1) }
            #expect(error?.description.contains("use fedavg, fedprox or fedavgm") == true)
        }
        for (clip, noise, expected) in [(0.0, 1.0, "clipped to"), (1, 0.01, "at least 0.1")] {
            var plan = FederatedPlan()
            (plan.atOnce, plan.clip, plan.noise) = (3, clip, noise)
            let error = #expect(throws: FederatedError.self) { try plan.run(learner, data, seed: 1, workers: 1) }
            #expect(error?.description.contains(expected) == true)
        }
        #expect(throws: FederatedError.self) { try DevicePrivacy(clip: 1, noise: 1, delta: 0, seed: 1) }
        var plan = FederatedPlan()
        (plan.atOnce, plan.clip, plan.noise, plan.models) = (3, 1, 1, 2)
        let stated = try plan.run(learner, data, seed: 1, workers: 1).privacy
        #expect(try #require(stated).delta == pow(10, -1.1))
    }
}
