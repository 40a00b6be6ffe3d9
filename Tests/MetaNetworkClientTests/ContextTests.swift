import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("What is known of the user beside samples")
struct ContextTests {
    private static func bundle(seed: UInt64 = 1, others: [Architecture.Input] = [.vector("age", width: 1)]) throws
        -> TestBundle
    {
        var nodes: [Architecture.Node] = [
            .init("read", .embedding(table: "items", width: 3), "history"), .init("recent", .last, "read"),
        ]
        var user = "recent"
        for input in others {
            nodes.append(.init("of \(input.name)", .dense(units: 3), input.name))
            nodes.append(.init("with \(input.name)", .add, user, "of \(input.name)"))
            user = "with \(input.name)"
        }
        nodes += [
            .init("user", .dense(units: 3, dynamic: true), user),
            .init("target", .embedding(table: "items", width: 3), "candidate"), .init("score", .dot, "user", "target"),
        ]
        let items = [
            Architecture.Input(name: "history", kind: .items, length: 3), .init(name: "candidate", kind: .item),
        ]
        let architecture = Architecture(name: "ranker", inputs: items + others, nodes: nodes, output: "score")
        return try TestBundle(seed: seed, architecture: architecture, hasGenerator: false)
    }

    private func expected(_ bundle: TestBundle, _ row: [Float]?) throws -> [RankedIndex] {
        var device = try DeviceModel(
            bundle.manifest.architecture,
            itemCount: TestBundle.itemCount,
            weights: bundle.weights
        )
        try device.useContext(row)
        return device.topItems(.max, history: [3])
    }

    private func ranks(_ model: PersonalModel, as expected: [RankedIndex]) async -> Bool {
        let ranked = await model.topItems(.max)
        return ranked.map(\.id) == expected.map { "film \($0.index)" } && ranked.map(\.score) == expected.map(\.score)
    }

    @Test("Rankings go by what an app set last, and by nothing where it is forgotten; none of it is sent or stored")
    func ranking() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open { $0.sharesSamples = true }
        await model.record("film 3")
        #expect(try await ranks(model, as: expected(phone.bundle, nil)))
        #expect(try await model.input(["age": [40]]) == [40])
        for age: Float in [-2, 2] {
            try await model.setContext(["age": [age]])
            #expect(try await ranks(model, as: expected(phone.bundle, [age])))
        }
        await #expect(throws: ClientError.self) { try await model.setContext(["height": [1]]) }
        #expect(try await ranks(model, as: expected(phone.bundle, [2])))
        try await model.setContext([:])
        #expect(try await ranks(model, as: expected(phone.bundle, nil)))
        try await model.setContext(["age": [2]])
        let again = try await phone.open()
        #expect(try await ranks(again, as: expected(phone.bundle, nil)))
        try await model.forget()
        await model.record("film 3")
        #expect(try await ranks(model, as: expected(phone.bundle, nil)))
    }

    @Test("What is learned of choices is learned in the context that was set")
    func learning() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open()
        for place in 0..<12 { await model.record("film \(place % 3 + 1)") }
        let unknown = try await model.learn(budget: LearningBudget(steps: 3), learningRate: 0.05)
        try await model.setContext(["age": [3]])
        let known = try await model.learn(budget: LearningBudget(steps: 3), learningRate: 0.05)
        #expect(unknown.verdict == .used && known.loss?.before != unknown.loss?.after)
    }

    @Test("What is learned of choices is learned in the moment of each, where the app sets it")
    func learningOfMoments() async throws {
        let inputs: [Architecture.Input] = [
            .vector("gap", width: 1), .vector("age", width: 1), .vector("hour", width: 2), .vector("weekday", width: 3),
        ]
        let phone = try Phone(Self.bundle(others: inputs))
        let model = try await phone.open()
        func known(_ index: Int, _ time: Int) -> RecentSamples.Known {
            .init(event: .init(id: "\(time)", item: "film \(index)", time: time), index: index, embedding: [])
        }
        let samples = [known(1, 0), known(2, 3600), known(3, 6 * 3600)]
        #expect(await model.contexts(of: samples).isEmpty)
        // A weekday of another form is an input of the app's own.
        try await model.setContext(["gap": [9], "age": [40], "weekday": [1, 2, 3]])
        let rows = await model.contexts(of: samples)
        let expected: [[Float]] = [
            [0, 40, .nan, .nan, 1, 2, 3], [0.6931472, 40, .nan, .nan, 1, 2, 3], [1.7917595, 40, .nan, .nan, 1, 2, 3],
        ]
        #expect(rows.count == 3)
        for (row, other) in zip(rows, expected) {
            #expect(zip(row, other).allSatisfy { $0.isNaN && $1.isNaN || abs($0 - $1) < 1e-6 }, "\(row)")
        }
        try await model.setContext(["hour": .hour(of: Date())])
        let hours = await model.contexts(of: samples)
        #expect(abs(hours[2][2] - 1) < 1e-6 && abs(hours[2][3]) < 1e-6 && hours[2][0].isNaN)
        try await model.setContext(["age": [40]])
        #expect(await model.contexts(of: samples).isEmpty)
        let graph = try ModelGraph(phone.bundle.manifest.architecture, itemCount: TestBundle.itemCount)
        let lesson = ChoiceLesson([1, 2, 3], contexts: rows, limit: 1, graph, seed: 1)
        #expect(lesson.choices.map(\.item) == [3] && lesson.choices[0].context?[0] == rows[2][0])
        // Learning starts from the loss of choices in their own moments, not in the one that is set.
        for place in 0..<12 { await model.record("film \(place % 3 + 1)") }
        func loss(gap: Float) async throws -> Double? {
            try await model.setContext(["gap": [gap]])
            return try await model.learn(budget: LearningBudget(steps: 1), learningRate: 1e-12).loss?.before
        }
        let (near, far) = (try #require(try await loss(gap: 0.5)), try #require(try await loss(gap: 8)))
        #expect(abs(near - far) < 1e-6)
    }

    @Test("What was done before a choice is not kept, so that choices are learned without it")
    func learningWithoutEvents() throws {
        let inputs: [Architecture.Input] = [.vector("age", width: 1), .token("previous", ["view", "buy"])]
        let graph = try ModelGraph(
            Architecture(
                name: "ranker",
                inputs: [.init(name: "history", kind: .items, length: 3), .init(name: "candidate", kind: .item)]
                    + inputs,
                nodes: [
                    .init("read", .embedding(table: "items", width: 3), "history"), .init("recent", .last, "read"),
                    .init("did", .embedding(table: "events", width: 3), "previous"),
                    .init("of age", .dense(units: 3), "age"), .init("told", .add, "recent", "did"),
                    .init("user", .add, "told", "of age"),
                    .init("target", .embedding(table: "items", width: 3), "candidate"),
                    .init("score", .dot, "user", "target"),
                ],
                output: "score"
            ),
            itemCount: TestBundle.itemCount
        )
        let (earlier, later) = (Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 60))
        let set: [String: InputValue] = ["age": [40], "previous": "view"]
        #expect(InputValue.at(later, after: earlier, in: set, of: graph.inputs) == ["age": [40]])
    }

    @Test("What belongs to a moment is computed as in training, from when the latest known item was recorded")
    func moments() async throws {
        // By hand: ln 2 and ln 30; 06:00 and 12:00 of a day in UTC; 6 January 1970, a Tuesday.
        let monday = Date(timeIntervalSince1970: 4 * 86_400)
        let tuesday = monday.addingTimeInterval(30 * 3600)
        #expect(InputValue.gap(since: monday, until: monday.addingTimeInterval(3600)) == [0.6931472])
        #expect(InputValue.gap(since: tuesday, until: monday) == [0])
        // Whole seconds, as choices have.
        #expect(InputValue.gap(since: monday, until: monday.addingTimeInterval(3600.9)) == [0.6931472])
        #expect(
            InputValue.gap(since: monday.addingTimeInterval(0.9), until: monday.addingTimeInterval(3600)) == [0.6931472]
        )
        #expect(InputValue.hour(of: monday.addingTimeInterval(0.99)) == .hour(of: monday))
        #expect(InputValue.weekday(of: monday.addingTimeInterval(0.99)) == .weekday(of: monday))
        for (value, expected) in [
            (InputValue.gap(since: monday, until: tuesday.addingTimeInterval(-3600)), [Float(3.4011974)]),
            (.hour(of: monday), [0, 1]), (.hour(of: tuesday), [1, 0]), (.weekday(of: monday), [0, 1]),
            (.weekday(of: tuesday), [0.9009689, 0.4338837]),
            (.hour(of: Date(timeIntervalSince1970: -6 * 3600)), [-1, 0]),
        ] {
            guard case .values(let found) = value else {
                Issue.record("it is no vector")
                return
            }
            #expect(
                found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 },
                "\(found)"
            )
        }
        let phone = try Phone(Self.bundle(others: [.vector("gap", width: 1)]))
        let model = try await phone.open()
        #expect(await model.latestTime == nil)
        await model.record("film 3")
        let latest = try #require(await model.latestTime)
        await model.record("film of a later version")
        #expect(await model.latestTime == latest)
        #expect(await model.latestItem == "film 3")
        try await model.setContext(["gap": .gap(since: latest, until: latest.addingTimeInterval(3600))])
        #expect(try await ranks(model, as: expected(phone.bundle, [0.6931472])))
    }

    @Test("Another version reads those inputs that it has")
    func versions() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open()
        await model.record("film 3")
        try await model.setContext(["age": [2]])
        let next = try Self.bundle(seed: 2, others: [.vector("height", width: 1), .vector("age", width: 1)])
        await phone.service.serve(next)
        try await model.refresh()
        await model.waitUntilIdle()
        #expect(await model.version == next.manifest.version)
        #expect(try await ranks(model, as: expected(next, [.nan, 2])))
    }

    @Test("A model over vectors has none")
    func vectors() async throws {
        let architecture = Architecture(
            name: "gestures",
            inputs: [.vector("reading", width: 3)],
            nodes: [.init("logits", .dense(units: 2, dynamic: true), "reading")],
            output: "logits"
        )
        let outputs = BundleManifest.Outputs(kind: .classification, names: ["rest", "wave"])
        let phone = try Phone(TestBundle(names: [], architecture: architecture, outputs: outputs))
        let model = try await phone.open()
        await #expect(throws: ClientError.self) { try await model.setContext(["reading": [1, 2, 3]]) }
        try await model.forget()
    }
}
