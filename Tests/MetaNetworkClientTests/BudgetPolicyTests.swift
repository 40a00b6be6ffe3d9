import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkClient

@Suite("Asking within a budget")
struct BudgetPolicyTests {
    private func situation(_ place: Double, _ decisions: Int = 0, _ requests: Int = 0) -> RefreshSituation {
        RefreshSituation(
            samples: 1,
            age: .zero,
            recent: [1],
            behind: [0],
            foresight: .init(mistake: place, movement: 1 - place, decisions: decisions, requests: requests)
        )
    }

    /// Lives through places on the scale of validation.
    private func requests(_ policy: some RefreshPolicy, _ places: some Sequence<Double>) -> (all: Int, last: Int) {
        var (decisions, requests, last) = (0, 0, 0)
        for place in places {
            let isDue = policy.isDue(situation(place, decisions, requests))
            decisions += 1
            if isDue { requests += 1 }
            if isDue, decisions > 500 { last += 1 }
        }
        return (requests, last)
    }

    @Test("asks in the situations that lie highest on the scale, as many as the budget")
    func highest() {
        #expect(WhenLikelyWrong(budget: 0.1).isDue(situation(0.95)))
        #expect(!WhenLikelyWrong(budget: 0.1).isDue(situation(0.85)))
        #expect(WhenMoved(budget: 0.1).isDue(situation(0.05)))
        #expect(!WhenMoved(budget: 0.1).isDue(situation(0.15)))
        #expect(!WhenMoved(budget: 0).isDue(situation(0)))
        #expect(WhenLikelyWrong(budget: .nan).budget == 0 && WhenMoved(budget: 7).budget == 1)
    }

    @Test("keeps the budget where the user's scores are not those of validation", arguments: [0.05, 0.1, 0.3, 0.5])
    func drift(budget: Double) {
        var random = SeededGenerator(state: 3)
        let users: [(name: String, place: () -> Double)] = [
            ("as in validation", { .random(in: 0...1, using: &random) }),
            ("half as high", { .random(in: 0...0.5, using: &random) }),
            ("twice as high", { .random(in: 0.5...1, using: &random) }),
            ("never high", { .random(in: 0...0.1, using: &random) }),
        ]
        for user in users {
            let places = (0..<1000).map { _ in user.place() }
            let (all, last) = requests(WhenLikelyWrong(budget: budget), places)
            #expect(abs(Double(all) / 1000 - budget) <= 0.02, "\(user.name): \(all)")
            #expect(abs(Double(last) / 500 - budget) <= 0.02, "\(user.name): \(last) of the last 500")
        }
    }

    @Test("asks for the first weights at once, and without a gate after as many samples as the budget allows")
    func withoutGate() {
        let policy = WhenMoved(budget: 0.2)
        #expect(policy.isDue(RefreshSituation(samples: 1, recent: [1])))
        #expect(!policy.isDue(RefreshSituation(samples: 4, age: .zero, recent: [1], behind: [1])))
        #expect(policy.isDue(RefreshSituation(samples: 5, age: .zero, recent: [1], behind: [1])))
        #expect(!policy.isDue(RefreshSituation(samples: 0, age: .zero, recent: [1], behind: [1])))
    }

    @Test("What was decided is known after a launch, once for each sample")
    func record() async throws {
        let phone = try Phone(TestBundle(gate: TestGate.weights()))
        let model = try await phone.open { $0.policy = WhenMoved(budget: 0.5) }
        await model.record("film 1")
        await model.waitUntilIdle()
        #expect(await phone.service.questions.count == 1, "the first weights")
        for number in 2...9 {
            await model.record("film \(number)")
            await model.waitUntilIdle()
        }
        let asking = await model.asking
        #expect((7...9).contains(asking.decisions) && (2...7).contains(asking.requests))
        let again = try await phone.open { $0.policy = WhenMoved(budget: 0.5) }
        await again.waitUntilIdle()
        #expect(await again.asking == asking, "the same sample is not decided on twice")
        try await again.forget()
        #expect(await again.asking.decisions == 0)
    }

    @Test("A gate of another model is told of, and the device goes on without it")
    func foreignGate() async throws {
        let phone = try Phone(TestBundle(gate: TestGate.weights(width: 5)))
        let model = try await phone.open { $0.policy = WhenLikelyWrong(budget: 0.2) }
        let states = await model.states
        var told: ClientError?
        for await state in states {
            guard case .notice(let notice) = state else { continue }
            told = notice
            break
        }
        guard case .unusable("gate.safetensors", let reason)? = told else {
            Issue.record("told \(String(describing: told))")
            return
        }
        #expect(reason.contains("gate of another model"))
        for number in 1...6 {
            await model.record("film \(number)")
            await model.waitUntilIdle()
        }
        #expect(await phone.service.questions.count == 2, "at once, and after five samples")
        #expect(await model.asking.decisions == 0)
    }
}
