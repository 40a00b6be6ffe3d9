import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Sharing inputs")
struct InputSharingTests {
    /// Three numbers in, two classes out.
    private static let architecture = Architecture(
        name: "gestures",
        inputs: [.vector("reading", width: 3)],
        nodes: [
            .init("features", .dense(units: 4, activation: .tanh), "reading"),
            .init("logits", .dense(units: 2, dynamic: true), "features"),
        ],
        output: "logits",
        sample: "features"
    )
    private static let prompt: [Float] = [1, -0.5, 0.25]

    private static func bundle(
        _ architecture: Architecture = Self.architecture,
        kind: BundleManifest.Outputs.Kind = .classification,
        prompt: [Float]? = nil
    ) throws -> TestBundle {
        try TestBundle(
            names: [],
            architecture: architecture,
            outputs: .init(kind: kind, names: ["rest", "wave"]),
            prompt: prompt.map { Weights(["prompt": try WeightTensor(shape: [$0.count], values: $0)]) }
        )
    }

    /// Inputs that half precision holds as they are.
    private func inputs(_ count: Int) -> [[Float]] {
        var random = SeededGenerator(state: 4)
        return (0..<count).map { _ in (0..<3).map { _ in Float(Int.random(in: -64...64, using: &random)) / 16 } }
    }

    private func sharing(_ share: Double = 0.2, _ batch: Int = 40) -> (inout PersonalModel.Configuration) -> Void {
        { $0.sharesInputs = .init(share: share, batch: batch) }
    }

    private func outbox(_ phone: borrowing Phone) -> String? {
        try? String(contentsOf: phone.modelFolder.appendingPathComponent("outbox.jsonl"), encoding: .utf8)
    }

    /// The notices until now.
    private func notices(_ model: PersonalModel, since states: AsyncStream<PersonalModel.State>) async -> [ClientError]
    {
        // Ends the list: no model takes an empty sample.
        await model.record("")
        var notices: [ClientError] = []
        for await state in states {
            guard case .notice(let reason) = state else { continue }
            if reason == .invalidSample { break }
            notices.append(reason)
        }
        return notices
    }

    @Test("Nothing of an input leaves the device without its own consent, whatever is said of samples")
    func consent() async throws {
        let phone = try Phone(Self.bundle())
        for change in [{ $0.sharesSamples = true }, sharing(0)] as [(inout PersonalModel.Configuration) -> Void] {
            let model = try await phone.open(change)
            let before = await phone.service.requests.count
            for input in inputs(100) { await model.record(input) }
            await model.waitUntilIdle()
            #expect(await phone.service.requests.count == before)
            try await model.refresh()
            #expect(await phone.service.count("/events") == 0)
            #expect(outbox(phone) == nil)
        }
    }

    @Test(
        "Of each batch those leave that the model is least sure of, at once, and without the prompt",
        arguments: [false, true]
    )
    func leastSure(hasPrompt: Bool) async throws {
        let prompt = hasPrompt ? Self.prompt : [0, 0, 0]
        let phone = try Phone(Self.bundle(prompt: hasPrompt ? prompt : nil))
        let model = try await phone.open(sharing())
        var device = try DeviceModel(Self.architecture, weights: phone.bundle.weights)
        let inputs = inputs(100)
        let doubts = try inputs.map { try device.uncertainty(of: zip($0, prompt).map(+)) }
        for (number, input) in inputs.enumerated() {
            #expect(try await model.uncertainty(of: input) == doubts[number])
            await model.record(input)
            await model.waitUntilIdle()
            #expect(await phone.service.storedEvents.count == (number + 1) / 40 * 8)
        }
        let chosen = [0..<40, 40..<80].flatMap { batch in
            batch.sorted { doubts[$0] > doubts[$1] }.prefix(8)
        }
        let events = await phone.service.storedEvents.values
        #expect(Set(events.compactMap { InputText.values(of: $0.item) }) == Set(chosen.map { inputs[$0] }))
        #expect(Set(events.compactMap(\.uncertainty)) == Set(chosen.map { doubts[$0] }))
        #expect(await phone.service.questions.isEmpty, "weights were not asked for")
        #expect(events.allSatisfy { $0.time == 1_000_000 })
    }

    @Test("What was not acknowledged waits on the disk and is sent again with the same ids, after a launch too")
    func retry() async throws {
        let phone = try Phone(Self.bundle())
        let service = phone.service
        // The service stores the inputs, but its answer is lost.
        await service.interrupt { request in
            guard request.url.path.hasSuffix("/events") else { return nil }
            await service.interrupt(nil)
            _ = try await service.transport.send(request)
            throw TransportError.failed("connection lost")
        }
        // A launch that ends here: one that lived on would wake up as time goes on, and repeat the inputs too.
        func launch() async throws {
            let model = try await phone.open(sharing(0.5, 4))
            for input in inputs(4) { await model.record(input) }
            await model.waitUntilIdle()
        }
        try await launch()
        let first = await service.storedEvents
        #expect(first.count == 2)
        phone.time.advance(7_200)
        let again = try await phone.open(sharing(0.5, 4))
        await again.waitUntilIdle()
        #expect(await service.count("/events") == 3, "the lost one, as the service saw it, and the repeated one")
        #expect(await service.storedEvents == first)
        #expect(outbox(phone)?.contains("uncertainty") == false)
    }

    @Test(
        "When a user withdraws, what still waits is deleted, though samples may still be shared",
        arguments: [false, true]
    )
    func withdrawal(sharesSamples: Bool) async throws {
        let phone = try Phone(Self.bundle())
        let service = phone.service
        let model = try await phone.open(sharing(1, 2))
        await service.interrupt { $0.url.path.hasSuffix("/events") ? service.problem(503, "no") : nil }
        for input in inputs(2) { await model.record(input) }
        await model.waitUntilIdle()
        #expect(outbox(phone)?.contains("uncertainty") == true)
        await service.interrupt(nil)
        let second = try await phone.open { $0.sharesSamples = sharesSamples }
        try await second.refresh()
        #expect(outbox(phone)?.contains("uncertainty") != true)
        let third = try await phone.open(sharing(1, 2))
        try await third.refresh()
        #expect(await service.storedEvents.isEmpty)
    }

    @Test("Forgetting leaves nothing of what waits, and nothing of the batch that was gathered")
    func forget() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open(sharing(1, 3))
        let inputs = inputs(5)
        for input in inputs[..<2] { await model.record(input) }
        try await model.forget()
        for input in inputs[2...3] { await model.record(input) }
        await model.waitUntilIdle()
        #expect(await phone.service.storedEvents.isEmpty)
        await model.record(inputs[4])
        await model.waitUntilIdle()
        let shared = await phone.service.storedEvents.values.compactMap { InputText.values(of: $0.item) }
        #expect(Set(shared) == Set(inputs[2...]))
    }

    @Test("A model that does not know what it is unsure of says so once, and goes on")
    func faults() async throws {
        let images = Architecture(
            name: "pooled",
            inputs: [.vectors("window", length: 3, width: 2)],
            nodes: [.init("mean", .mean, "window")],
            output: "mean"
        )
        for (bundle, word) in [
            (try TestBundle(), "ranks items"), (try Self.bundle(images), "dense layer"),
            (try Self.bundle(kind: .regression), "predicts values"),
        ] {
            let phone = try Phone(bundle)
            let model = try await phone.open(sharing(1, 1))
            let states = await model.states
            let input = [Float](repeating: 1, count: word == "dense layer" ? 6 : 3)
            for _ in 0..<3 {
                if bundle.names.isEmpty { await model.record(input) } else { await model.record("film 1") }
            }
            let refusal = await #expect(throws: ClientError.self) { try await model.uncertainty(of: input) }
            #expect(refusal?.description.contains(word) == true, "\(String(describing: refusal))")
            try await model.refresh()
            let told = await notices(model, since: states)
            #expect(told.count == 1 && told.first?.description.contains(word) == true, "\(told)")
            #expect(told.first?.description.hasPrefix("sharesInputs cannot be used") == true)
            #expect(await phone.service.count("/events") == 0)
            #expect(await phone.service.questions.count == 1)
        }
    }

    @Test("A value that half precision cannot hold keeps its input on the device, and is told of once")
    func unfit() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open(sharing(1, 2))
        let states = await model.states
        for input in [[65_520, 0, 0], [0, -1e30, 0], [65_504, 1, 1], [1, 2, 3]] as [[Float]] {
            await model.record(input)
        }
        await model.waitUntilIdle()
        let shared = await phone.service.storedEvents.values.compactMap { InputText.values(of: $0.item) }
        #expect(Set(shared) == [[65_504, 1, 1], [1, 2, 3]])
        let told = await notices(model, since: states)
        #expect(told.count == 1 && told.first?.description.contains("65,504") == true, "\(told)")
    }

    @Test("Messages are no longer than a service reads, and no more waits than the limit says")
    func large() async throws {
        let width = 30_000
        let architecture = Architecture(
            name: "wide",
            inputs: [.vector("reading", width: width)],
            nodes: [
                .init("features", .dense(units: 2), "reading"),
                .init("logits", .dense(units: 2, dynamic: true), "features"),
            ],
            output: "logits",
            sample: "features"
        )
        let phone = try Phone(Self.bundle(architecture))
        let service = phone.service
        await service.interrupt { $0.url.path.hasSuffix("/events") ? service.problem(503, "no") : nil }
        // 15 of 80,000 characters.
        let change: (inout PersonalModel.Configuration) -> Void = {
            $0.sharesInputs = .init(share: 1, batch: 5)
            $0.limits.outboxBytes = 1_200_000
        }
        // A launch that ends here, for the same reason as above.
        func launch() async throws {
            let model = try await phone.open(change)
            for number in 0..<50 { await model.record([Float](repeating: Float(number), count: width)) }
            await model.waitUntilIdle()
        }
        try await launch()
        let bytes = outbox(phone)?.utf8.count ?? 0
        #expect((1_200_000...3_300_000).contains(bytes), "\(bytes)")
        await service.interrupt(nil)
        phone.time.advance(7_200)
        let again = try await phone.open(change)
        await again.waitUntilIdle()
        let shared = await service.storedEvents.values.compactMap { InputText.values(of: $0.item)?.first }
        #expect(shared.sorted() == (35..<50).map(Float.init))
        let messages = await service.requests.filter { $0.url.path.hasSuffix("/events") }.compactMap(\.body?.count)
        #expect(
            messages.suffix(2).allSatisfy { $0 <= ParametersRequest.byteLimit }
                && messages.suffix(2).min() ?? 0 > 80_000
        )
    }

    @Test("The least sure of a batch are those that sorting gives, the first of equals, in the order of recording")
    func choice() {
        var random = SeededGenerator(state: 6)
        for (share, size) in [(0.2, 40), (0, 5), (0.01, 7), (0.5, 5), (1, 3), (0.35, 10)] {
            let sharing = PersonalModel.InputSharing(share: share, batch: size)
            var batch = InputBatch(sharing)
            for _ in 0..<3 where share > 0 {
                let doubts = (0..<size).map { _ in Float(Int.random(in: 0..<6, using: &random)) / 8 }
                var chosen: [String] = []
                for (place, doubt) in doubts.enumerated() {
                    let full = batch.add(.init(id: "\(place)", item: "", time: 0, uncertainty: doubt))
                    #expect(full.isEmpty == (place < size - 1))
                    chosen += full.map(\.id)
                }
                let count = max(1, Int((share * Double(size)).rounded()))
                let expected = doubts.indices.sorted { doubts[$0] > doubts[$1] }.prefix(count).sorted()
                #expect(chosen == expected.map(String.init))
            }
        }
        let clamped = PersonalModel.InputSharing(share: .nan, batch: -1)
        #expect(clamped.share == 0 && clamped.batch == 1)
        #expect(PersonalModel.InputSharing(share: 7, batch: .max) == .init(share: 1, batch: 1_000))
    }
}
