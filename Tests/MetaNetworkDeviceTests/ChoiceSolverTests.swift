import MetaNetwork
import Testing

@testable import MetaNetworkDevice

@Suite("Learning from choices on the device")
struct ChoiceSolverTests {
    private static let items = 50
    private static let history = [3, 7, 1, 9, 4, 30, 12, 5, 8, 2, 6, 11]
    private static let losses = [
        Solver.RankingLoss.softmax(), .softmax(weight: 3), .binary(), .binary(positiveWeight: 0.4),
    ]

    private static func model(_ architecture: Architecture, seed: UInt64 = 1) throws -> DeviceModel {
        try DeviceModel(
            architecture,
            itemCount: items,
            weights: randomWeights(architecture, items: items, seed: seed)
        )
    }

    /// Choices of the history: one of the whole catalogue, one of two others, and one of more than a block of them.
    private static func choices(_ window: Int) -> [Choice] {
        var choices = Choice.latest(of: history, limit: 3, window: window)
        choices[1].others = [20, 21]
        choices[2].others = Array(12...49)
        return choices
    }

    @Test("a user's choices are the latest samples, each with what came before it and never the oldest")
    func latest() {
        let choices = Choice.latest(of: [4, 5, 6, 7], limit: 2, window: 2)
        #expect(choices == [Choice(history: [4, 5], item: 6), Choice(history: [5, 6], item: 7)])
        #expect(Choice.latest(of: [4, 5, 6], limit: 9, window: 5).map(\.item) == [5, 6])
        for samples in [[], [4]] { #expect(Choice.latest(of: samples, limit: 9, window: 5).isEmpty) }
        for limit in [0, -1, Int.min] { #expect(Choice.latest(of: [4, 5, 6], limit: limit, window: 5).isEmpty) }
        #expect(Choice.latest(of: [4, 5, 6], limit: .max, window: .min).map(\.history) == [[4], [5]])
    }

    @Test("one step of a personal vector alone is the textbook's: against the shares of the items, less the chosen one")
    func textbook() throws {
        let architecture = Architecture(
            name: "vector",
            inputs: [.init(name: "history", kind: .items, length: 2), .init(name: "candidate", kind: .item)],
            nodes: [
                .init("read", .embedding(table: "items", width: 2), "history"),
                .init("recent", .last, "read"),
                .init("own", .personal(width: 2)),
                .init("user", .add, "recent", "own"),
                .init("target", .embedding(table: "items", width: 2), "candidate"),
                .init("score", .dot, "user", "target"),
            ],
            output: "score"
        )
        // Two items are equal to the user, who has zeros.
        let weights = try Weights([
            "items.embedding": WeightTensor(shape: [4, 2], values: [0, 0, 0, 0, 4, 0, 0, 8]),
            "own.bias": WeightTensor(shape: [2], values: [0, 0]),
        ])
        let model = try DeviceModel(architecture, itemCount: 3, weights: weights)
        let choice = Choice(history: [1], item: 2, others: [3])
        func moved(_ loss: Solver.RankingLoss) throws -> (loss: Double, values: [Float]) {
            var solver = try Solver(
                model,
                choices: [choice],
                loss: loss,
                optimizer: .sgd(rate: 0.5),
                clipNorm: 100
            )
            let before = solver.step() ?? .nan
            return (before, try #require(solver.weights["own.bias"]).values)
        }
        func isNear(_ x: [Float], _ y: [Float]) -> Bool { zip(x, y).allSatisfy { abs($0 - $1) < 1e-6 } }
        let ln2 = 0.693_147_180_56
        let softmax = try moved(.softmax())
        #expect(abs(softmax.loss - ln2) < 1e-7 && isNear(softmax.values, [1, -2]), "shares of ½ each")
        let weighted = try moved(.softmax(weight: 3))
        #expect(
            abs(weighted.loss - 2 * ln2) < 1e-7 && isNear(weighted.values, [1.5, -3]),
            "the other stands for three"
        )
        let binary = try moved(.binary())
        #expect(abs(binary.loss - ln2) < 1e-7 && isNear(binary.values, [0.5, -1]), "a mean over both")
        let calm = try moved(.binary(positiveWeight: 0.5))
        #expect(abs(calm.loss - 0.75 * ln2) < 1e-7 && isNear(calm.values, [0.25, -1]))
    }

    /// What ships, and dynamic layers in places where no shipped model has one.
    private static let learnable: [Architecture] =
        Architecture.shippedNames.compactMap { Architecture.shipped($0) } + [
            .bag(.init(width: 9, window: 4, itemBias: true)),
            Architecture(
                name: "samples",
                inputs: [.init(name: "history", kind: .items, length: 4), .init(name: "candidate", kind: .item)],
                nodes: [
                    .init("read", .embedding(table: "items", width: 5), "history"),
                    .init("rows", .dense(units: 7, activation: .tanh, dynamic: true), "read"),
                    .init("placed", .position, "rows"),
                    .init("sum", .weightedSum, "placed"),
                    .init("target", .embedding(table: "targets", width: 7), "candidate"),
                    .init("side", .dense(units: 7, activation: .tanh, dynamic: true), "target"),
                    .init("product", .multiply, "side", "sum"),
                    .init("joined", .concatenate, "product", "target", "sum"),
                    .init("hidden", .dense(units: 6, activation: .tanh), "joined"),
                    .init("score", .dense(units: 1, dynamic: true), "hidden"),
                ],
                output: "score"
            ),
        ]

    @Test("its gradients are the slopes of the loss, for all shipped rankers and losses", arguments: learnable.indices)
    func slopes(index: Int) throws {
        let architecture = Self.learnable[index]
        var model = try Self.model(architecture, seed: 3)
        let choices = Self.choices(model.graph.window)
        let start = model.dynamicWeights
        for loss in Self.losses {
            var solver = try Solver(
                model,
                choices: choices,
                loss: loss,
                optimizer: .sgd(rate: 1),
                clipNorm: .infinity
            )
            _ = solver.step()
            let moved = solver.weights
            for name in start.names {
                let tensor = try #require(start[name])
                for place in stride(from: 0, to: tensor.values.count, by: 1 + tensor.values.count / 4) {
                    func slope(_ change: Float) throws -> Double {
                        var (weights, values) = (start, tensor.values)
                        values[place] += change
                        weights[name] = try WeightTensor(shape: tensor.shape, values: values)
                        try model.personalize(weights)
                        defer { model.depersonalize() }
                        return try model.loss(of: choices, loss)
                    }
                    let found = try Double(tensor.values[place] - #require(moved[name]).values[place])
                    let expected = try (slope(0.01) - slope(-0.01)) / 0.02
                    #expect(
                        abs(found - expected) < 3e-4 + 1e-2 * abs(expected),
                        "\(architecture.name) \(loss) \(name) \(place)"
                    )
                }
            }
        }
    }

    @Test(
        "learns what was chosen, changes dynamic layers alone, and leaves the model as it is",
        arguments: learnable.indices
    )
    func learns(index: Int) throws {
        var model = try Self.model(Self.learnable[index])
        let choices = Self.choices(model.graph.window)
        var (before, after): ([Float], [Float]) = ([], [])
        model.score(history: [1, 2], candidates: Array(1...Self.items), into: &before)
        let start = try model.loss(of: choices, .softmax())
        var solver = try Solver(model, choices: choices, loss: .softmax(), optimizer: .adam(rate: 0.05))
        let result = solver.run(steps: 25)
        #expect(result.steps == 25 && solver.multiplyAdds > 0)
        let (first, last) = try (#require(result.lossBefore), #require(result.lossAfter))
        #expect(abs(first - start) < 1e-5 && last < 0.7 * first)
        model.score(history: [1, 2], candidates: Array(1...Self.items), into: &after)
        #expect(before == after && !model.isPersonal)
        #expect(solver.weights.names == model.graph.parameters.filter(\.isDynamic).map(\.name).sorted())
        try model.personalize(solver.weights)
        #expect(
            try abs(model.loss(of: choices, .softmax()) - last) < 1e-4,
            "the model finds the loss that the solver told"
        )
    }

    @Test("other items to compare with take effect from the next step, and are those that a new solver would have")
    func compared() throws {
        let model = try Self.model(.din())
        var choices = Array(Choice.latest(of: Self.history, limit: 2, window: 10))
        for place in choices.indices { choices[place].others = [20 + place, 30] }
        let others = [[40, 41, 42, 43], [44]]
        var solver = try Solver(model, choices: choices, loss: .binary(), optimizer: .sgd(rate: 1))
        try solver.compare(with: others)
        _ = solver.step()
        for (place, row) in zip(choices.indices, others) { choices[place].others = row }
        var other = try Solver(model, choices: choices, loss: .binary(), optimizer: .sgd(rate: 1))
        _ = other.step()
        #expect(solver.weights == other.weights)
        let before = solver.weights
        for wrong in [[[1]], [[1], [0]], [[1], [Self.items + 1]], [[1], [choices[1].item]], [[.min], [.max]]] {
            #expect(throws: DeviceModelError.self) { try solver.compare(with: wrong) }
        }
        let (step, same) = (solver.step(), other.step())
        #expect(step == same && solver.weights != before, "what was compared is as it was")
        var vectors = try Solver(
            DeviceModel(
                .cnn(channels: 1, height: 10, width: 10),
                weights: randomWeights(.cnn(channels: 1, height: 10, width: 10), items: 0, seed: 1)
            ),
            inputs: [[Float](repeating: 0, count: 100)],
            targets: .classes([0]),
            optimizer: .sgd(rate: 1)
        )
        #expect(throws: DeviceModelError.self) { try vectors.compare(with: [[1]]) }
    }

    @Test("samples outside the catalogue are not read, and of long histories no more than the window")
    func histories() throws {
        for name in ["bag", "sasrec", "din"] {
            let model = try Self.model(#require(Architecture.shipped(name)))
            func loss(_ history: [Int]) throws -> Double? {
                var solver = try Solver(
                    model,
                    choices: [Choice(history: history, item: 9)],
                    loss: .softmax(),
                    optimizer: .sgd(rate: 1)
                )
                return solver.step()
            }
            #expect(try loss([0, 5, -3, .max, 6, .min]) == loss([5, 6]))
            #expect(try loss(Array(1...30)) == loss(Array(21...30)))
            #expect(try loss([]) == loss([0, -1]), "the padding")
        }
    }

    @Test("is stopped within a choice, and takes back a step whose loss nobody knows")
    func stopped() throws {
        let model = try Self.model(.bag())
        let choices = Self.choices(10)
        for asked in 0..<12 {
            var solver = try Solver(model, choices: choices, loss: .softmax(), optimizer: .adam(rate: 0.01))
            let start = solver.weights
            var count = 0
            let result = solver.run(steps: 6) {
                count += 1
                return count > asked
            }
            #expect(result.steps == max(0, asked / choices.count - 1))
            if result.steps == 0 { #expect(solver.weights == start) }
        }
        #expect(throws: DeviceModelError.stopped) {
            _ = try Solver(model, choices: choices, loss: .softmax(), optimizer: .sgd(rate: 1)) { true }
        }
    }

    @Test(
        "a step that ends in infinity is taken back, and no other follows",
        arguments: ["bag", "din", "gru4rec-paper"]
    )
    func overflow(name: String) throws {
        let model = try Self.model(#require(Architecture.shipped(name)))
        for loss in Self.losses {
            for optimizer in [Solver.Optimizer.sgd(rate: 1e38), .adam(rate: 1e300)] {
                var solver = try Solver(
                    model,
                    choices: Self.choices(10),
                    loss: loss,
                    optimizer: optimizer,
                    clipNorm: .infinity
                )
                let result = solver.run(steps: 9)
                let weights = solver.weights
                #expect(solver.hasOverflowed && result.steps < 9)
                #expect(weights.names.allSatisfy { weights[$0]?.values.allSatisfy(\.isFinite) == true })
            }
        }
    }

    @Test("choices and models that cannot be learned are refused, with the number or the node")
    func refused() throws {
        let model = try Self.model(.bag())
        func refusal(
            _ choices: [Choice],
            _ loss: Solver.RankingLoss = .softmax(),
            rate: Double = 1,
            memory: Int = 1 << 20
        ) -> DeviceModelError? {
            do throws(DeviceModelError) {
                _ = try Solver(model, choices: choices, loss: loss, optimizer: .sgd(rate: rate), memoryLimit: memory)
                return nil
            } catch { return error }
        }
        let good = Choice(history: [1], item: 2, others: [3])
        #expect(refusal([good]) == nil)
        #expect(refusal([]) == .wrongExamples(inputs: 0, targets: 0))
        for item in [0, -1, 51, Int.min, .max] {
            guard case .wrongExample(1, _) = refusal([good, Choice(history: [], item: item)]) else {
                Issue.record("item \(item)")
                continue
            }
            guard case .wrongExample(0, _) = refusal([Choice(history: [], item: 2, others: [1, item])]) else {
                Issue.record("other \(item)")
                continue
            }
        }
        #expect(refusal([Choice(history: [], item: 2, others: [1, 2])]) != nil, "the item itself was not left")
        for number in [0, -1, Double.nan, .infinity] {
            #expect(refusal([good], .softmax(weight: number)) != nil && refusal([good], rate: number) != nil)
            #expect(refusal([good], .binary(positiveWeight: number)) != nil)
        }
        #expect(refusal([good], memory: 1000) != nil)
        var norm = Architecture.bag()
        norm.nodes.insert(.init("norm", .layerNorm(), "user"), at: norm.nodes.count - 2)
        norm.nodes[norm.nodes.count - 1].inputs[0] = "norm"
        func of(_ architecture: Architecture) throws -> DeviceModelError? {
            let model = try Self.model(architecture)
            do throws(DeviceModelError) {
                _ = try Solver(model, choices: [good], loss: .softmax(), optimizer: .sgd(rate: 1))
                return nil
            } catch { return error }
        }
        #expect(try of(norm) == .cannotLearn(node: "norm", operation: "layerNorm"))
        var asking = Architecture.din()
        asking.nodes.insert(.init("asked", .dense(units: 32, dynamic: true), "target"), at: 3)
        asking.nodes[4].inputs[0] = "asked"
        #expect(try of(asking) == .cannotLearn(node: "interest", operation: "attention"))
        var fixed = Architecture.bag()
        for index in fixed.nodes.indices {
            guard case .dense(var dense) = fixed.nodes[index].operation else { continue }
            dense.isDynamic = false
            fixed.nodes[index].operation = .dense(dense)
        }
        #expect(try of(fixed) == .nothingToLearn("bag"))
        let vectors = Architecture.cnn(channels: 1, height: 10, width: 10)
        let images = try DeviceModel(vectors, weights: randomWeights(vectors, items: 0, seed: 1))
        #expect(throws: DeviceModelError.readsVectors("cnn")) {
            _ = try Solver(images, choices: [good], loss: .softmax(), optimizer: .sgd(rate: 1))
        }
    }
}
