import Testing

@testable import MetaNetworkClient

@Suite("When to ask")
struct PolicyTests {
    private let fresh = RefreshSituation(samples: 4, age: nil, recent: [1, 0], behind: nil)

    private func used(_ samples: Int, _ seconds: Int, recent: [Float] = [1, 0]) -> RefreshSituation {
        RefreshSituation(samples: samples, age: .seconds(seconds), recent: recent, behind: [1, 0])
    }

    @Test("Every so many samples")
    func samples() {
        #expect(!EverySamples(5).isDue(fresh))
        #expect(EverySamples(4).isDue(fresh))
        #expect(EverySamples(0).count == 1)
    }

    @Test("At most once per interval")
    func interval() {
        let policy = AtMostEvery(.seconds(60), EverySamples(1))
        #expect(policy.isDue(fresh))
        #expect(!policy.isDue(used(9, 59)))
        #expect(policy.isDue(used(9, 60)))
        #expect(!policy.isDue(used(0, 60)))
    }

    @Test("On drift of the mean embedding")
    func drift() {
        let policy = OnDrift(0.5)
        #expect(policy.isDue(fresh))
        #expect(!policy.isDue(used(1, 0)))
        #expect(!policy.isDue(used(1, 0, recent: [1, 1])))
        #expect(policy.isDue(used(1, 0, recent: [0, 1])))
        #expect(!policy.isDue(used(0, 0, recent: [0, 1])))
        #expect(used(1, 0, recent: [-2, 0]).drift == 2)
        #expect(used(1, 0, recent: [0, 0]).drift == 1)
        #expect(used(1, 0, recent: [1]).drift == nil)
    }

    @Test("Combinations")
    func combinations() {
        let policy = EverySamples(10).or(OnDrift(0.5).and(EverySamples(2)))
        #expect(policy.isDue(used(10, 0)))
        #expect(policy.isDue(used(2, 0, recent: [0, 1])))
        #expect(!policy.isDue(used(1, 0, recent: [0, 1])))
        #expect(!AnyOf([]).isDue(fresh))
        #expect(!AllOf([]).isDue(fresh))
    }

    @Test("A policy of one's own; drift is measured between what was sent and what is recent")
    func own() async throws {
        struct Drifted: RefreshPolicy {
            func isDue(_ situation: RefreshSituation) -> Bool { situation.drift.map { $0 > 0.01 } ?? true }
        }
        let phone = try Phone()
        let model = try await phone.open { $0.policy = Drifted() }
        await model.record("film 1")
        await model.waitUntilIdle()
        #expect(await phone.service.questions.count == 1)
        await model.record("film 1")
        await model.waitUntilIdle()
        #expect(await phone.service.questions.count == 1)
        for _ in 0..<3 { await model.record("film 7") }
        await model.waitUntilIdle()
        #expect(await phone.service.questions.count > 1)
    }
}
