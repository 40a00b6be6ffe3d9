import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Sharing codes")
struct CodeSharingTests {
    private static let architecture = Architecture(
        name: "gestures",
        inputs: [.vector("reading", width: 3)],
        nodes: [
            .init("features", .dense(units: 6, activation: .tanh), "reading"),
            .init("logits", .dense(units: 2, dynamic: true), "features"),
        ],
        output: "logits",
        sample: "features"
    )
    private static let rank = 6

    private static func bundle(seed: UInt64 = 1, hasBasis: Bool = true) throws -> TestBundle {
        var (basis, random) = (Weights(), SeededGenerator(state: 5))
        for parameter in try ModelGraph(architecture).parameters where parameter.isDynamic {
            let count = rank * parameter.shape.reduce(1, *)
            let values = (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
            basis[parameter.name] = try WeightTensor(shape: [rank] + parameter.shape, values: values)
        }
        basis["start"] = try WeightTensor(shape: [rank], values: (0..<rank).map { Float($0) / 10 })
        return try TestBundle(
            seed: seed,
            names: [],
            architecture: architecture,
            outputs: .init(kind: .classification, names: ["rest", "wave"]),
            hasGenerator: false,
            basis: hasBasis ? basis : nil
        )
    }

    /// - Parameter isWrong: Whether the examples that are kept back, each fourth one, say the contrary of the others.
    private func learn(_ model: PersonalModel, isWrong: Bool = false) async throws -> LearningReport.Verdict {
        var random = SeededGenerator(state: 3)
        let examples = (0..<32).map { place in
            let reading = (0..<3).map { _ in Float.random(in: -1...1, using: &random) }
            let isWave = (reading[0] > reading[1]) != (isWrong && place % 4 != 3)
            return LabelledInput(reading, label: isWave ? "wave" : "rest")
        }
        return try await model.learn(examples, budget: LearningBudget(steps: 20), learningRate: 0.05).verdict
    }

    private static let agrees: @Sendable (inout PersonalModel.Configuration) -> Void = { $0.sharesCode = true }

    private func outbox(_ phone: borrowing Phone) -> String {
        let url = phone.modelFolder.appendingPathComponent("outbox.jsonl")
        return (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    }

    /// The code that a phone learned last.
    private func stored(_ phone: borrowing Phone) throws -> [Float] {
        let folder = ModelFolder(directory: phone.folder, model: TestBundle.model, limits: Limits())
        return try #require(folder.personalSets().sets.first.flatMap { [Float](littleEndian: $0.payload) })
    }

    @Test("Nothing of a code leaves the device without its own consent, whatever is said of samples and inputs")
    func consent() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open {
            $0.sharesSamples = true
            $0.sharesInputs = .init(share: 1, batch: 1_000)
        }
        #expect(try await learn(model) == .used)
        await model.waitUntilIdle()
        #expect(outbox(phone).isEmpty)
        #expect(await phone.service.count("/events") == 0)
        // Consent that is given later is not one to what was learned before.
        let consenting = try await phone.open(Self.agrees)
        try await consenting.refresh()
        await consenting.waitUntilIdle()
        #expect(await phone.service.count("/events") == 0)
    }

    @Test("What was learned is sent at once: 4 bytes a value and their version, no label and no input")
    func share() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open(Self.agrees)
        #expect(try await learn(model) == .used)
        await model.waitUntilIdle()
        let event = try #require(await phone.service.storedEvents.values.first)
        #expect(await phone.service.storedEvents.count == 1)
        let code = try #require(event.code)
        #expect(try code.floats == stored(phone) && code.version == phone.bundle.manifest.version)
        let body = try #require(
            await phone.service.requests.last { $0.url.path.hasSuffix("/events") }.flatMap(\.body)
        )
        let json = try #require(JSONSerialization.jsonObject(with: body) as? [String: [[String: Any]]])
        let sent = try #require(json["events"]?.first)
        #expect(json.count == 1 && Set(sent.keys) == ["id", "item", "time", "code"] && sent["item"] as? String == "")
        #expect(Set(try #require(sent["code"] as? [String: Any]).keys) == ["version", "values"])
        #expect(outbox(phone).contains("code") == false)
        // A code that is no better is not used, and not sent.
        #expect(try await learn(model, isWrong: true) == .noBetter)
        await model.waitUntilIdle()
        #expect(await phone.service.storedEvents.count == 1)
    }

    @Test("Of codes that wait the last one is kept, and is sent with its id after a launch")
    func latest() async throws {
        let phone = try Phone(Self.bundle())
        let service = phone.service
        await service.interrupt { $0.url.path.hasSuffix("/events") ? service.problem(503, "no") : nil }
        // A launch that ends here: one that lived on would send it too as time goes on.
        func launch() async throws {
            let model = try await phone.open(Self.agrees)
            for _ in 0..<2 { #expect(try await learn(model) == .used) }
            await model.waitUntilIdle()
        }
        try await launch()
        let lines = outbox(phone).split(separator: "\n")
        #expect(lines.count == 1)
        let waiting = try lines.map { try JSONDecoder().decode(SampleEvents.Event.self, from: Data($0.utf8)) }
        #expect(try waiting.first?.code?.floats == stored(phone))
        await service.interrupt(nil)
        phone.time.advance(7_200)
        let again = try await phone.open(Self.agrees)
        await again.waitUntilIdle()
        #expect(await Array(service.storedEvents.values) == waiting && outbox(phone).contains("code") == false)
    }

    @Test(
        "When a user withdraws before a code was sent, it is deleted and never sent, whatever else may be shared",
        arguments: [false, true]
    )
    func withdrawal(sharesOthers: Bool) async throws {
        let phone = try Phone(Self.bundle())
        let service = phone.service
        await service.interrupt { $0.url.path.hasSuffix("/events") ? service.problem(503, "no") : nil }
        func launch() async throws {
            let model = try await phone.open(Self.agrees)
            #expect(try await learn(model) == .used)
            await model.waitUntilIdle()
        }
        try await launch()
        #expect(outbox(phone).contains("code"))
        await service.interrupt(nil)
        let second = try await phone.open {
            $0.sharesSamples = sharesOthers
            $0.sharesInputs = sharesOthers ? .init() : nil
        }
        #expect(outbox(phone).contains("code") == false)
        #expect(try await learn(second) != .outdated)
        try await second.refresh()
        let third = try await phone.open(Self.agrees)
        try await third.refresh()
        await third.waitUntilIdle()
        #expect(await service.storedEvents.isEmpty)
    }

    @Test("What was sent is deleted at the service where the user wants to be forgotten, and what waits is gone")
    func forget() async throws {
        let phone = try Phone(Self.bundle())
        await phone.service.accept(["token 1", "token 2", "token 3"])
        let model = try await phone.open {
            $0.sharesCode = true
            $0.credentials = .appKey("app key")
        }
        #expect(try await learn(model) == .used)
        await model.waitUntilIdle()
        let device = try #require(await phone.service.eventDevices.first)
        try await model.forget()
        await model.waitUntilIdle()
        #expect(await phone.service.deletions == [device])
        #expect(outbox(phone).isEmpty)
    }

    @Test("A code that the service will never take is dropped, with its reason")
    func refused() async throws {
        let phone = try Phone(Self.bundle())
        let service = phone.service
        await service.interrupt { $0.url.path.hasSuffix("/events") ? service.problem(422, "no such version") : nil }
        let model = try await phone.open(Self.agrees)
        let states = await model.states
        #expect(try await learn(model) == .used)
        await model.waitUntilIdle()
        #expect(outbox(phone).contains("code") == false)
        var reason: String?
        for await case .notice(let notice) in states {
            reason = notice.description
            break
        }
        #expect(reason?.contains("no such version") == true)
        #expect(await service.count("/events") == 1)
    }

    @Test("A version without a basis has no codes, and says so once")
    func noBasis() async throws {
        let phone = try Phone(Self.bundle(hasBasis: false))
        let model = try await phone.open(Self.agrees)
        let states = await model.states
        #expect(try await learn(model) == .used)
        await model.waitUntilIdle()
        var notices: [String] = []
        // Ends the list: no model takes an empty sample.
        await model.record("")
        for await state in states {
            guard case .notice(let reason) = state else { continue }
            if reason == .invalidSample { break }
            notices.append(reason.description)
        }
        #expect(notices.count == 1 && notices[0].hasPrefix("sharesCode cannot be used"), "\(notices)")
        #expect(await phone.service.count("/events") == 0)
    }
}
