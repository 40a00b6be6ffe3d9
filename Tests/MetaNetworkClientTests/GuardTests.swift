import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("A guard that keeps personal weights from doing harm")
struct GuardTests {
    /// Weights that rank the other way round, more surely.
    private static func contrary(_ bundle: TestBundle) throws -> Weights {
        var weights = try bundle.personalWeights(1)
        for name in weights.names {
            guard let global = bundle.weights[name] else { continue }
            weights[name] = try WeightTensor(shape: global.shape, values: global.values.map { $0 * -3 })
        }
        return weights
    }

    /// A device with contrary weights.
    private func personal(
        _ phone: borrowing Phone,
        _ change: @Sendable (inout PersonalModel.Configuration) -> Void = { _ in }
    ) async throws -> PersonalModel {
        let weights = try Self.contrary(phone.bundle)
        await phone.service.forge { $0.weights = weights }
        let model = try await phone.open {
            $0.payload = .float32
            change(&$0)
        }
        await model.record("film 1")
        try await model.refresh()
        return model
    }

    private func scores(_ phone: borrowing Phone, _ model: PersonalModel, _ weights: Weights?) async throws -> [Float] {
        let history = await model.samples.indices
        var device = try DeviceModel(
            phone.bundle.manifest.architecture,
            itemCount: TestBundle.itemCount,
            weights: phone.bundle.weights
        )
        if let weights { try device.personalize(weights) }
        return device.topItems(.max, history: history).map(\.score)
    }

    private func isGuarded(_ model: PersonalModel) async -> Bool {
        if case .guarded = await model.standing { true } else { false }
    }

    @Test("has the base rank where personal weights foresee choices worse, and them again once they are better")
    func turning() async throws {
        let phone = try Phone()
        let model = try await personal(phone)
        let contrary = try Self.contrary(phone.bundle)
        let states = await model.states
        var user = try User(phone.bundle)
        await user.use(model, choices: 9)
        #expect(await model.age?.samples == 9)
        #expect(try await model.scores().map(\.score) == scores(phone, model, contrary))
        await user.use(model, choices: 51)
        #expect(await isGuarded(model))
        #expect(await model.age == nil)
        #expect(try await model.scores().map(\.score) == scores(phone, model, nil))
        var other = try User(phone.bundle, likes: contrary)
        await other.use(model, choices: 60)
        #expect(await model.age?.samples == 120)
        #expect(try await model.scores().map(\.score) == scores(phone, model, contrary))
        var turns = 0
        for await state in states {
            if case .guarded = state { turns = 1 }
            if case .personal(let age) = state, turns == 1 {
                #expect((60...120).contains(age.samples))
                break
            }
        }
    }

    @Test("keeps what ranked within a tenth of the noise of the better one, on choices of a model's own taste")
    func harm() async throws {
        let phone = try Phone()
        let model = try await personal(phone)
        var user = try User(phone.bundle, seed: 7)
        var device = try DeviceModel(
            phone.bundle.manifest.architecture,
            itemCount: TestBundle.itemCount,
            weights: phone.bundle.weights
        )
        try device.personalize(Self.contrary(phone.bundle))
        var loss = ChoiceLoss()
        var (ranked, base, differences): (Double, Double, [Double]) = (0, 0, [])
        for number in 0..<300 {
            let history = await model.samples.indices
            let choice = user.choice(after: history)
            loss.draw(beside: choice, of: TestBundle.itemCount, number: number)
            let isGuarded = await isGuarded(model)
            device.use(.personal)
            let personal = loss.loss(&device, history)
            device.use(.global)
            let global = loss.loss(&device, history)
            ranked += isGuarded ? global : personal
            base += global
            differences.append(personal - global)
            await model.record("film \(choice)")
        }
        let count = Double(differences.count)
        let harm = differences.reduce(0, +) / count
        let noise = (differences.reduce(0) { $0 + ($1 - harm) * ($1 - harm) } / count).squareRoot()
        #expect(harm > 0.3 * noise, "personal weights are worse")
        #expect((ranked - base) / count < 0.1 * noise)
    }

    @Test("goes on where it was after a relaunch, and begins anew where its file is damaged")
    func relaunch() async throws {
        let phone = try Phone()
        var user = try User(phone.bundle)
        let model = try await personal(phone)
        await user.use(model, choices: 60)
        let kept = await model.qualityGuard
        #expect(kept.prefersBase && kept.choices == 60)
        await phone.goOffline()
        let again = try await phone.open()
        #expect(await again.qualityGuard == kept)
        #expect(await isGuarded(again))
        #expect(try await again.scores().map(\.score) == scores(phone, again, nil))
        // Also where each launch sees one choice.
        for number in 61...63 {
            await user.use(try await phone.open(), choices: 1)
            #expect(try await phone.open().qualityGuard.choices == number)
        }
        let file = phone.modelFolder.appendingPathComponent("guard")
        var data = try Data(contentsOf: file)
        data[data.count - 3] ^= 1
        try data.write(to: file)
        let anew = try await phone.open()
        #expect(await anew.qualityGuard == QualityGuard(version: phone.bundle.manifest.version))
        #expect(await anew.age != nil)
        var notices = await anew.states.makeAsyncIterator()
        #expect(
            await notices.next()
                == .notice(
                    .storage(reason: "the record of how personal weights fared is damaged; it begins anew")
                )
        )
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    @Test("judges new weights by what the ones before did, and another version of the model by nothing")
    func inheritance() async throws {
        let phone = try Phone()
        var user = try User(phone.bundle)
        let model = try await personal(phone)
        // Each set alone would never be seen for ten choices.
        for _ in 0..<20 {
            await user.use(model, choices: 4)
            try await model.refresh()
        }
        #expect(await model.standing == .guarded(.init(samples: 0, seconds: 0)))
        await phone.service.forge(nil)
        await phone.service.serve(try TestBundle(seed: 2))
        try await model.refresh()
        #expect(await model.standing == .personal(.init(samples: 0, seconds: 0)))
    }

    @Test("does nothing where it is switched off, whatever it knew")
    func off() async throws {
        let phone = try Phone()
        var user = try User(phone.bundle)
        let file = phone.modelFolder.appendingPathComponent("guard")
        let model = try await personal(phone) { $0.guardsQuality = false }
        await user.use(model, choices: 60)
        #expect(await model.age?.samples == 60)
        #expect(!FileManager.default.fileExists(atPath: file.path))
        let guarded = try await phone.open()
        await user.use(guarded, choices: 60)
        #expect(await isGuarded(guarded))
        let again = try await phone.open { $0.guardsQuality = false }
        #expect(await again.age?.samples == 120)
        #expect(try await again.scores().map(\.score) == scores(phone, again, Self.contrary(phone.bundle)))
    }

    @Test("is forgotten with all that tells of the user")
    func forget() async throws {
        let phone = try Phone()
        var user = try User(phone.bundle)
        let model = try await personal(phone)
        await user.use(model, choices: 60)
        let file = phone.modelFolder.appendingPathComponent("guard")
        #expect(FileManager.default.fileExists(atPath: file.path))
        try await model.forget()
        #expect(!FileManager.default.fileExists(atPath: file.path))
        #expect(await model.standing == .base)
        #expect(try await model.scores().map(\.score) == scores(phone, model, nil))
        await model.record("film 1")
        try await model.refresh()
        #expect(await model.standing == .personal(.init(samples: 0, seconds: 0)))
        #expect(await model.qualityGuard.choices == 0)
    }

    @Test("looks at choices that the model knows, made with weights that may rank, and at no others")
    func others() async throws {
        let phone = try Phone(TestBundle(helps: .init(samples: 3)))
        let model = try await personal(phone)
        await model.record("a film of next year")
        #expect(await model.qualityGuard.choices == 0)
        await model.record("film 2")
        #expect(await model.qualityGuard.choices == 1)
        for number in 3...9 { await model.record("film \(number)") }
        #expect(await model.qualityGuard.choices == 3, "the others came when the weights had retired")
    }
}
