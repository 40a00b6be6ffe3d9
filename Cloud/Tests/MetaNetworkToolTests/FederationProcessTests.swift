#if compiler(>=6.3)
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkServer
import Testing

@testable import metanetwork

/// Phones as processes of their own: each with the SDK, its own folder and its own examples, on a service that is a process too.
@Suite("Devices in a federation", .serialized)
final class FederationProcessTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    @Test(
        "equal the simulator to 1e-5, whichever the method",
        arguments: [("fedavg", 20), ("fedprox", 3), ("folb", 3)]
    )
    func equal(method: String, count: Int) async throws {
        let rounds = 3
        let service = try FederationService(folder, method: method, devices: count, quorum: count, rounds: rounds)
        defer { service.end() }
        let jobs = try await service.jobs(count: count, rounds: rounds)
        await withTaskGroup(of: Void.self) { group in
            for job in jobs {
                group.addTask {
                    await #expect(processExitsWith: .success) { [job = job.text as String] in
                        try await FederatedPhone(job).takePart()
                    }
                }
            }
        }
        let model = try await service.lastModel()
        let expected = try service.simulated(jobs, count: count)
        let largest = zip(model, expected).map { abs($0 - $1) }.max()
        #expect(try #require(largest) < 1e-5 && model.count == expected.count, "\(method): \(largest ?? .nan)")
        let start = try service.start()
        #expect(zip(model, start).contains { abs($0 - $1) > 1e-2 }, "they learned something")
    }

    @Test("cost a round nothing but their update where they are killed in it")
    func killed() async throws {
        let service = try FederationService(folder, method: "fedavg", devices: 3, quorum: 2, rounds: 1, deadline: 5)
        defer { service.end() }
        let jobs = try await service.jobs(count: 3, rounds: 1)
        let doomed = jobs[0]
        async let death: Void = doomed.kill()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(processExitsWith: .signal(SIGKILL)) { [job = doomed.text as String] in
                    try await FederatedPhone(job).learnAndWait()
                }
            }
            for job in jobs.dropFirst() {
                group.addTask {
                    await #expect(processExitsWith: .success) { [job = job.text as String] in
                        try await FederatedPhone(job).takePart()
                    }
                }
            }
        }
        _ = try await death
        // The model is the one of the two that answered.
        let model = try await service.lastModel()
        let expected = try service.simulated(Array(jobs.dropFirst()), count: 2)
        #expect(zip(model, expected).allSatisfy { abs($0 - $1) < 1e-5 } && model.count == expected.count)
    }
}
#else
import Testing

@Suite("Devices in a federation")
struct FederationProcessTests {
    /// An exit test captures values from Swift 6.3 on.
    @Test("equal the simulator", .disabled("use a Swift 6.3 toolchain or newer"))
    func equal() {}
}
#endif
