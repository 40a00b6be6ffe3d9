import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkClient

@Suite("Weights that grow old")
struct RetirementTests {
    /// A device with new personal weights, whose service cannot be reached from then on.
    private func personal(
        _ phone: borrowing Phone,
        _ change: (inout PersonalModel.Configuration) -> Void = { _ in }
    ) async throws -> PersonalModel {
        let model = try await phone.open(change)
        await model.record("film 1")
        try await model.refresh()
        await phone.goOffline()
        #expect(await model.standing == .personal(.init(samples: 0, seconds: 0)))
        return model
    }

    /// What the base model makes of the same samples.
    private func baseScores(of model: PersonalModel) async throws -> [PersonalModel.RankedItem] {
        let other = try Phone()
        let twin = try await other.open()
        for item in await model.history { await twin.record(item) }
        return await twin.scores()
    }

    @Test("retire after as many samples as the bundle says that they help, and new ones rank again")
    func measuredSamples() async throws {
        let phone = try Phone(TestBundle(helps: .init(samples: 3)))
        let model = try await personal(phone)
        for number in 2...4 { await model.record("film \(number)") }
        #expect(await model.standing == .personal(.init(samples: 3, seconds: 0)))
        #expect(try await model.scores() != baseScores(of: model))
        let states = await model.states
        await model.record("film 5")
        #expect(await model.standing == .retired(.init(samples: 4, seconds: 0)))
        #expect(await model.age == nil)
        #expect(try await model.scores() == baseScores(of: model))
        for await state in states {
            guard case .retired(let age) = state else { continue }
            #expect(age.samples == 4)
            break
        }
        // The set lies on the disk, and is as old after a launch.
        let again = try await phone.open()
        #expect(await again.standing == .retired(.init(samples: 4, seconds: 0)))
        #expect(try await again.scores() == baseScores(of: again))
        await phone.service.interrupt(nil)
        try await again.refresh()
        #expect(await again.standing == .personal(.init(samples: 0, seconds: 0)))
        #expect(try await again.scores() != baseScores(of: again))
    }

    @Test("are not asked for where the bundle says that they help at no age, until a new version says that they do")
    func never() async throws {
        let phone = try Phone(TestBundle(helps: .never))
        let model = try await phone.open {
            $0.policy = EverySamples(1)
            $0.versionInterval = .seconds(600)
        }
        for number in 1...5 { await model.record("film \(number)") }
        await model.waitUntilIdle()
        try await model.refresh()
        #expect(await model.standing == .base)
        #expect(await phone.service.questions.isEmpty)
        let looks = await phone.service.count("/movies")
        #expect(looks == 3, "when it opened, with the first sample, and when it was told to")
        await phone.service.serve(try TestBundle(seed: 2, helps: .init(samples: 20)))
        await model.record("film 6")
        await model.waitUntilIdle()
        #expect(await phone.service.count("/movies") == looks, "not with every sample")
        phone.time.advance(600)
        await model.record("film 7")
        await model.waitUntilIdle()
        await model.record("film 8")
        await model.waitUntilIdle()
        #expect(await model.standing == .personal(.init(samples: 0, seconds: 0)))
    }

    @Test("are asked for where they help at no age and the app wants them all the same")
    func neverButWanted() async throws {
        let phone = try Phone(TestBundle(helps: .never))
        let model = try await personal(phone) { $0.retireAfter = .never }
        await model.record("film 2")
        #expect(await model.standing == .personal(.init(samples: 1, seconds: 0)))
    }

    @Test("retire after as long as the bundle says, for good, whatever a user does to the clock")
    func measuredTime() async throws {
        let phone = try Phone(TestBundle(helps: .init(samples: 100, seconds: 600)))
        let model = try await personal(phone)
        let scores = await model.scores()
        phone.time.advance(600)
        #expect(await model.scores() == scores)
        #expect(await model.standing == .personal(.init(samples: 0, seconds: 600)))
        phone.time.advance(1)
        #expect(await model.standing == .retired(.init(samples: 0, seconds: 601)), "before anything is ranked")
        #expect(try await model.scores() == baseScores(of: model))
        phone.time.setWall(1_000_000)
        #expect(try await model.scores() == baseScores(of: model))
        phone.time.setWall(1_000_601)
        let again = try await phone.open()
        #expect(try await again.scores() == baseScores(of: again))
    }

    @Test("of a bundle that says nothing stay until new ones come, as before")
    func unmeasured() async throws {
        let phone = try Phone()
        let model = try await personal(phone) { $0.guardsQuality = false }
        for number in 0..<200 { await model.record("film \(number % 12 + 1)") }
        phone.time.advance(10_000_000)
        let age = PersonalModel.Age(samples: 200, seconds: 10_000_000)
        #expect(await model.standing == .personal(age))
        #expect(try await model.scores() != baseScores(of: model))
        #expect(try await phone.open().age == age)
    }

    @Test("retire when the app says, if it says anything")
    func configured() async throws {
        let bundle = try TestBundle(helps: .init(samples: 3, seconds: 600))
        func ages(_ choice: PersonalModel.RetireAfter) async throws -> (samples: Int?, seconds: Int?) {
            let phone = try Phone(bundle)
            let model = try await personal(phone) { $0.retireAfter = choice }
            var retired: (samples: Int?, seconds: Int?)
            for number in 1...8 where retired.samples == nil {
                await model.record("film \(number)")
                if await model.age == nil { retired.samples = number }
            }
            let late = try Phone(bundle)
            let other = try await personal(late) { $0.retireAfter = choice }
            for time in stride(from: 100, through: 1_000, by: 100) where retired.seconds == nil {
                late.time.advance(100)
                if await other.age == nil { retired.seconds = time }
            }
            return retired
        }
        #expect(try await ages(.measured) == (4, 700))
        #expect(try await ages(.never) == (nil, nil))
        #expect(try await ages(.age(samples: 5)) == (6, nil))
        #expect(try await ages(.age(time: .seconds(250))) == (nil, 300))
        #expect(try await ages(.age(samples: 0, time: .zero)) == (1, 100))
    }

    @Test("retire where the samples behind them are no longer kept: their age cannot be told then")
    func dropped() async throws {
        let phone = try Phone()
        let model = try await personal(phone) {
            $0.limits.samples = 10
            $0.guardsQuality = false
            $0.retireAfter = .age(samples: 1_000)
        }
        for number in 0..<9 { await model.record("film \(number + 1)") }
        #expect(await model.age?.samples == 9)
        for number in 0..<12 { await model.record("film \(number + 1)") }
        guard case .retired = await model.standing else {
            Issue.record("the age cannot be told, and they rank")
            return
        }
    }

    @Test("cost no more requests than the policy says")
    func policy() async throws {
        let phone = try Phone(TestBundle(helps: .init(samples: 3)))
        let model = try await phone.open { $0.policy = AtMostEvery(.seconds(1_000), EverySamples(8)) }
        await model.record("film 1")
        try await model.refresh()
        phone.time.advance(1_000)
        for number in 0..<7 { await model.record("film \(number + 1)") }
        await model.waitUntilIdle()
        #expect(await model.standing == .retired(.init(samples: 7, seconds: 1_000)))
        #expect(await phone.service.questions.count == 1)
        await model.record("film 8")
        await model.waitUntilIdle()
        #expect(await phone.service.questions.count == 2)
        #expect(await model.standing == .personal(.init(samples: 0, seconds: 0)))
    }

    @Test("of a model over vectors retire by age too, and no guard is asked")
    func vectors() async throws {
        let architecture = Architecture(
            name: "gestures",
            inputs: [.vector("reading", width: 3)],
            nodes: [
                .init("features", .dense(units: 4, activation: .tanh), "reading"),
                .init("logits", .dense(units: 2, dynamic: true), "features"),
            ],
            output: "logits",
            sample: "features"
        )
        let phone = try Phone(
            TestBundle(
                names: [],
                architecture: architecture,
                outputs: .init(kind: .classification, names: ["rest", "wave"]),
                helps: .init(samples: 2)
            )
        )
        let model = try await phone.open()
        let base = try await model.outputs(of: [1, 2, 3])
        await model.record([0.5, -1, 2])
        try await model.refresh()
        let personal = try await model.outputs(of: [1, 2, 3])
        for _ in 0..<2 { await model.record([1, 1, 1]) }
        #expect(try await model.outputs(of: [1, 2, 3]) == personal)
        await model.record([1, 1, 1])
        #expect(await model.standing == .retired(.init(samples: 3, seconds: 0)))
        #expect(personal != base)
        #expect(try await model.outputs(of: [1, 2, 3]) == base)
        #expect(!FileManager.default.fileExists(atPath: phone.modelFolder.appendingPathComponent("guard").path))
    }
}
