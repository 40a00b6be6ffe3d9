import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData
import Testing

@testable import MetaNetworkExperiments

@Suite("A simulation")
struct SimulationTests {
    @Test("policies have names, and others are refused with those that there are")
    func policies() throws {
        #expect(try SimulatedPolicy(named: "every-5").policy is EverySamples)
        #expect(try SimulatedPolicy(named: "drift-0.2").policy is OnDrift)
        #expect(try SimulatedPolicy(named: "interval-3600").policy is AtMostEvery)
        #expect(try !SimulatedPolicy(named: "never").policy.isDue(RefreshSituation(samples: 100)))
        let moved = try SimulatedPolicy(named: "distance-10%")
        #expect((moved.policy as? WhenMoved)?.budget == 0.1 && moved.needsGate)
        let likely = try SimulatedPolicy(named: "intellectreq-25%")
        #expect((likely.policy as? WhenLikelyWrong)?.budget == 0.25 && likely.needsGate)
        #expect(try !SimulatedPolicy(named: "random-10%").needsGate)
        let learning = try SimulatedPolicy(named: "fine-tune")
        #expect((learning.learning as? FineTuningOnDevice)?.steps == 20 && !learning.needsGate)
        #expect(
            learning.policy.isDue(RefreshSituation(samples: 5)) && !learning.policy.isDue(RefreshSituation(samples: 4))
        )
        #expect((try SimulatedPolicy(named: "fine-tune-5").learning as? FineTuningOnDevice)?.steps == 5)
        #expect(try SimulatedPolicy(named: "every-5").learning == nil && SimulatedPolicy.never.learning == nil)
        for (name, steps) in [("meta-patch", 20), ("meta-patch-7", 7)] {
            let policy = try SimulatedPolicy(named: name)
            #expect((policy.learning as? MetaPatchOnDevice)?.steps == steps && policy.needsBasis && !policy.needsGate)
        }
        #expect(!learning.needsBasis)
        let steps = #expect(throws: ExperimentError.self) { try SimulatedPolicy(named: "fine-tune-0") }
        #expect(steps?.description.contains("1 to 10000 steps") == true)
        for name in [
            "fine", "fine-", "fine-tune-", "fine-tune-x", "fine-tune-10001", "fine-tune-5-5", "fine-tuned", "tune",
            "meta", "meta-patch-0",
            "distance-10", "distance-101%", "random-%", "", "every", "every-0", "every-1.5", "drift-3", "drift-x",
            "never-1", "always",
        ] {
            #expect(throws: ExperimentError.self) { try SimulatedPolicy(named: name) }
        }
    }

    @Test("a policy by lot is due for its share of the samples, and for the first weights at once")
    func lot() throws {
        let policy = try SimulatedPolicy(named: "random-30%").policy
        #expect(policy.isDue(RefreshSituation(samples: 1)))
        let due = (0..<2000).count {
            policy.isDue(RefreshSituation(samples: 1, age: .zero, recent: [Float($0), 1], behind: [0, 1]))
        }
        #expect((500...700).contains(due))
    }

    @Test("says what the executable of its service said, where that ends before it listens")
    func silentService() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let echo = URL(fileURLWithPath: "/bin/echo")
        let error = await #expect(throws: ExperimentError.self) {
            _ = try await ServiceProcess(executable: echo, registry: "films", events: nil, folder: folder)
        }
        #expect(error?.description.hasPrefix("the service did not start: serve --registry films") == true)
    }

    @Test("simulated time wakes sleepers when it has come, and those that are cancelled")
    func time() async throws {
        let time = SimulatedTime(start: 1000)
        let (first, second) = (
            Task { try await time.sleep(for: .seconds(5)) }, Task { try await time.sleep(for: .seconds(50)) }
        )
        // Whether they sleep yet or not, they wake: what is asked after the time has come returns at the next step.
        for _ in 0..<20 {
            time.advance(by: .seconds(1))
            await Task.yield()
        }
        time.advance(by: .seconds(10))
        try await first.value
        #expect(time.now() == 1030 && time.uptime() == .seconds(30))
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
    }

    @Test("a network loses as much as it is told to, there or back, and is offline in phases")
    func network() async throws {
        let arrived = InMemoryTransport { _ in TransportResponse(status: 200, body: Data([1, 2, 3])) }
        let random = SeededGenerator(seed: 3)
        let url = try #require(URL(string: "http://localhost/v1/models/movies/parameters"))
        let request = TransportRequest(method: "POST", url: url, body: Data([1]), limit: 100, timeout: 1)
        let lossy = SimulatedNetwork(arrived, NetworkConditions(loss: 0.2), random)
        for _ in 0..<1000 { _ = try? await lossy.send(request) }
        let traffic = lossy.traffic
        let lost = traffic.failures["lost"] ?? 0
        #expect(traffic.requests == 1000 && (150...250).contains(lost) && traffic.refreshes == 1000 - lost)
        // Half of what is lost had been sent.
        #expect(
            traffic.bytesUp > traffic.refreshes && traffic.bytesUp < 1000 && traffic.bytesDown == 3 * traffic.refreshes
        )
        let phases = SimulatedNetwork(arrived, NetworkConditions(offline: 0.3), random)
        for _ in 0..<2000 {
            phases.advance()
            _ = try? await phases.send(request)
        }
        #expect((450...750).contains(phases.traffic.failures["offline"] ?? 0))
    }
}
