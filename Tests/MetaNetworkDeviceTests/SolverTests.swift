import MetaNetwork
import Testing

@testable import MetaNetworkDevice

@Suite("Learning on the device")
struct SolverTests {
    /// A frozen layer, a static one behind a scale of the device's own, and a dynamic one.
    private static let architecture = Architecture(
        name: "readings",
        inputs: [.vector("reading", width: 3)],
        nodes: [
            .init("features", .dense(units: 5, activation: .tanh), "reading"),
            .init("scale", .personal(width: 5)),
            .init("scaled", .multiply, "features", "scale"),
            .init("hidden", .dense(units: 9, activation: .relu), "scaled"),
            .init("logits", .dense(units: 4, dynamic: true), "hidden"),
        ],
        output: "logits",
        sample: "features"
    )
    private static let inputs: [[Float]] = [[1, 0.5, -1], [-1, 0.25, 0.5], [0.5, -2, 1], [0, 1, 1]]
    private static let classes = Solver.Targets.classes([0, 1, 2, 3])

    private static func model(seed: UInt64 = 1) throws -> DeviceModel {
        try DeviceModel(architecture, weights: randomWeights(architecture, items: 0, seed: seed))
    }

    private static func solver(
        _ inputs: [[Float]] = inputs,
        _ targets: Solver.Targets = classes,
        _ optimizer: Solver.Optimizer = .adam(rate: 0.05),
        clipNorm: Double = 5,
        memoryLimit: Int = 1 << 20
    ) throws(DeviceModelError) -> Solver {
        let model: DeviceModel
        do { model = try Self.model() } catch { throw .broken("\(error)") }
        return try Solver(
            model,
            inputs: inputs,
            targets: targets,
            optimizer: optimizer,
            clipNorm: clipNorm,
            memoryLimit: memoryLimit
        )
    }

    @Test("one step of a layer alone is the textbook's: the weights less the rate times x (p - y)")
    func textbook() throws {
        let architecture = Architecture(
            name: "line",
            inputs: [.vector("x", width: 2)],
            nodes: [.init("y", .dense(units: 2, dynamic: true), "x")],
            output: "y"
        )
        let zeros = try Weights([
            "y.weight": WeightTensor(shape: [2, 2], values: [0, 0, 0, 0]),
            "y.bias": WeightTensor(shape: [2], values: [0, 0]),
        ])
        let model = try DeviceModel(architecture, weights: zeros)
        var solver = try Solver(
            model,
            inputs: [[3, -1]],
            targets: .classes([1]),
            optimizer: .sgd(rate: 0.5),
            clipNorm: 100
        )
        let loss = solver.step() ?? .nan
        #expect(abs(loss - 0.693_147_180_56) < 1e-9, "ln 2")
        #expect(solver.weights["y.weight"]?.values == [-0.75, 0.75, 0.25, -0.25])
        #expect(solver.weights["y.bias"]?.values == [-0.25, 0.25])
        var values = try Solver(
            model,
            inputs: [[3, -1]],
            targets: .values([[1, -2]]),
            optimizer: .sgd(rate: 0.5),
            clipNorm: 100
        )
        let error = values.step()
        #expect(error == 2.5, "(1 + 4) / 2")
        #expect(values.weights["y.bias"]?.values == [0.5, -1])
        var clipped = try Solver(
            model,
            inputs: [[0, 0]],
            targets: .values([[3, 4]]),
            optimizer: .sgd(rate: 1),
            clipNorm: 1
        )
        _ = clipped.step()
        let bias = try #require(clipped.weights["y.bias"]).values
        #expect(
            zip(bias, [0.6, 0.8] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 },
            "a gradient of 5, scaled down to 1"
        )
    }

    /// All that can be learned through: rows of a window, pixels of an image, and vectors.
    private static let everything = [
        Architecture(
            name: "window",
            inputs: [.vectors("x", length: 3, width: 2)],
            nodes: [
                .init("own", .personal(width: 2)),
                .init("shifted", .add, "x", "own"),
                .init("placed", .position, "shifted"),
                .init("ordered", .order, "placed"),
                .init("rows", .dense(units: 5, activation: .tanh, dynamic: true), "ordered"),
                .init("scale", .personal(width: 5)),
                .init("scaled", .multiply, "rows", "scale"),
                .init("last", .last, "scaled"),
                .init("mean", .mean, "scaled"),
                .init("sum", .weightedSum, "scaled"),
                .init("flat", .flatten, "scaled"),
                .init("product", .dot, "last", "mean"),
                .init("one", .dense(units: 1, activation: .tanh, dynamic: true), "sum"),
                .init("square", .multiply, "mean", "mean"),
                .init("dropped", .dropout(rate: 0.5), "square"),
                .init("joined", .concatenate, "flat", "product", "one", "dropped"),
                .init("y", .dense(units: 3), "joined"),
            ],
            output: "y"
        ),
        Architecture(
            name: "image",
            inputs: [.image("x", channels: 2, height: 2, width: 3)],
            nodes: [
                .init("maps", .convolution(filters: 8, kernel: 2, activation: .tanh), "x"),
                .init("scale", .personal(width: 8)),
                .init("scaled", .multiply, "maps", "scale"),
                .init("pixels", .dense(units: 8, activation: .tanh), "scaled"),
                .init("sum", .add, "pixels", "scaled"),
                .init("flat", .flatten, "sum"),
                .init("y", .dense(units: 1, dynamic: true), "flat"),
            ],
            output: "y"
        ),
    ]

    @Test("its gradients are the slopes of the loss, for all that can be learned through", arguments: [0, 1])
    func slopes(index: Int) throws {
        let architecture = Self.everything[index]
        var model = try DeviceModel(architecture, weights: randomWeights(architecture, items: 0, seed: 4))
        let (count, width) = (model.graph.inputCount, model.graph.outputWidth)
        var random = SplitMix(state: 7)
        func row(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &random) } }
        let (inputs, targets) = ([row(count), row(count)], Solver.Targets.values([row(width), row(width)]))
        let start = model.dynamicWeights
        var solver = try Solver(model, inputs: inputs, targets: targets, optimizer: .sgd(rate: 1), clipNorm: .infinity)
        _ = solver.step()
        let moved = solver.weights
        #expect(start.names == model.graph.parameters.filter(\.isDynamic).map(\.name).sorted())
        for name in start.names {
            let tensor = try #require(start[name])
            for place in tensor.values.indices {
                func loss(_ change: Float) throws -> Double {
                    var (weights, values) = (start, tensor.values)
                    values[place] += change
                    weights[name] = try WeightTensor(shape: tensor.shape, values: values)
                    try model.personalize(weights)
                    return try model.loss(of: inputs, targets)
                }
                let slope = try (loss(0.01) - loss(-0.01)) / 0.02
                let gradient = try Double(tensor.values[place] - #require(moved[name]).values[place])
                #expect(abs(slope - gradient) < 2e-4 + 2e-3 * abs(slope), "\(name) \(place)")
            }
        }
    }

    @Test("learns what it is told, changes dynamic layers alone, and leaves the model as it is")
    func learns() throws {
        var model = try Self.model()
        let before = try Self.inputs.map { try model.outputs(of: $0) }
        var solver = try Solver(model, inputs: Self.inputs, targets: Self.classes, optimizer: .adam(rate: 0.05))
        let result = solver.run(steps: 200)
        #expect(result.steps == 200 && solver.steps == 200)
        #expect(try #require(result.lossAfter) < 0.05)
        #expect(try Self.inputs.map { try model.outputs(of: $0) } == before && !model.isPersonal)
        #expect(solver.weights.names == ["logits.bias", "logits.weight", "scale.bias"])
        try model.personalize(solver.weights)
        for (input, number) in zip(Self.inputs, 0...) {
            let outputs = try model.outputs(of: input)
            #expect(outputs.indices.max { outputs[$0] < outputs[$1] } == number)
        }
        let loss = try model.loss(of: Self.inputs, Self.classes)
        #expect(try abs(loss - #require(result.lossAfter)) < 1e-6, "the model finds the loss that the solver told")
        let again = try Solver(model, inputs: Self.inputs, targets: Self.classes, optimizer: .sgd(rate: 1))
        #expect(again.weights == solver.weights, "it starts from the layers in use")
        #expect(model.dynamicWeights == solver.weights)
        // Sixteen lanes of hidden units and eight of logits: forward and its own gradient, and what leads on.
        #expect(solver.multiplyAdds == 4 * (200 * (2 * 5 * 16 + 3 * 9 * 8) + 5 * 16 + 9 * 8))
    }

    @Test("the prompt is added to what is learned from")
    func prompted() throws {
        var plain = try Self.model()
        var prompted = try Self.model()
        try prompted.usePrompt([0.5, -0.5, 1])
        let sums = Self.inputs.map { zip($0, [0.5, -0.5, 1]).map(+) }
        var first = try Solver(prompted, inputs: Self.inputs, targets: Self.classes, optimizer: .sgd(rate: 0.1))
        var second = try Solver(plain, inputs: sums, targets: Self.classes, optimizer: .sgd(rate: 0.1))
        let (one, other) = (first.run(steps: 3), second.run(steps: 3))
        #expect(one == other)
        #expect(first.weights == second.weights)
        let losses = try (plain.loss(of: sums, Self.classes), prompted.loss(of: Self.inputs, Self.classes))
        #expect(losses.0 == losses.1)
    }

    @Test("is stopped within an example, and keeps the last weights whose loss it knows")
    func stopped() throws {
        var whole = try Self.solver()
        var (losses, weights) = ([Double](), [whole.weights])
        for _ in 0..<6 {
            losses.append(whole.step() ?? .nan)
            weights.append(whole.weights)
        }
        for asked in 0..<22 {
            var solver = try Self.solver()
            var count = 0
            let result = solver.run(steps: 6) {
                count += 1
                return count > asked
            }
            let passes = asked / Self.inputs.count
            #expect(result.steps == max(0, passes - 1))
            #expect(result.lossBefore == (passes > 0 ? losses[0] : nil))
            #expect(result.lossAfter == (passes > 0 ? losses[passes - 1] : nil))
            #expect(solver.weights == weights[result.steps])
            let hasOverflowed = solver.hasOverflowed
            #expect(!hasOverflowed)
        }
        var idle = try Self.solver()
        let nothing = idle.run(steps: 0)
        #expect(nothing == .init(lossBefore: losses[0], lossAfter: losses[0], steps: 0))
        let less = idle.run(steps: -1)
        #expect(less == nothing)
    }

    @Test(
        "a step that ends in infinity is taken back, and no other follows",
        arguments: [
            Solver.Optimizer.sgd(rate: 1e38), .sgd(rate: 1e300), .adam(rate: 1e38), .adam(rate: 1e300),
        ]
    )
    func overflow(optimizer: Solver.Optimizer) throws {
        for targets in [Self.classes, .values(Array(repeating: [1e30, -1e30, 1e30, 0], count: 4))] {
            var solver = try Self.solver(Self.inputs, targets, optimizer, clipNorm: .infinity)
            let start = solver.weights
            let result = solver.run(steps: 50)
            #expect(solver.hasOverflowed && result.steps < 50)
            let weights = solver.weights
            #expect(weights.names.allSatisfy { weights[$0]?.values.allSatisfy(\.isFinite) == true })
            #expect(result.lossAfter.map(\.isFinite) != false)
            if result.steps == 0 { #expect(solver.weights == start) }
            let next = solver.step()
            #expect(next == nil && solver.steps == result.steps)
        }
    }

    @Test("examples that cannot be learned are refused by their number")
    func badExamples() throws {
        func number(_ inputs: [[Float]], _ targets: Solver.Targets) -> Int? {
            do throws(DeviceModelError) { _ = try Self.solver(inputs, targets) } catch {
                guard case .wrongExample(let number, let reason) = error, !reason.isEmpty else { return nil }
                return number
            }
            return nil
        }
        let inputs = Self.inputs
        #expect(number(inputs, .classes([0, 1, 4, 3])) == 2)
        #expect(number(inputs, .classes([0, 1, 2, -1])) == 3)
        #expect(number(inputs, .classes([.max, 1, 2, .min])) == 0)
        #expect(number([[1, .nan, 2], inputs[0]], .classes([0, 0])) == 0)
        #expect(number([inputs[0], [1, .infinity, 2]], .classes([0, 0])) == 1)
        #expect(number([inputs[0], [1, 2]], .classes([0, 0])) == 1)
        #expect(number(inputs, .values(Array(repeating: [1], count: 4))) == 0)
        #expect(number([inputs[0]], .values([[0, 0, .nan, 0]])) == 0)
        #expect(throws: DeviceModelError.wrongExamples(inputs: 0, targets: 0)) { _ = try Self.solver([], .classes([])) }
        #expect(throws: DeviceModelError.wrongExamples(inputs: 4, targets: 1)) {
            _ = try Self.solver(inputs, .classes([0]))
        }
        for rate in [0, -1, Double.nan, .infinity] {
            #expect(throws: DeviceModelError.self) { _ = try Self.solver(inputs, Self.classes, .sgd(rate: rate)) }
            #expect(throws: DeviceModelError.self) { _ = try Self.solver(inputs, Self.classes, .adam(rate: rate)) }
        }
        for norm in [0, -1, Double.nan] {
            #expect(throws: DeviceModelError.self) { _ = try Self.solver(clipNorm: norm) }
        }
        #expect(throws: DeviceModelError.self) { _ = try Self.solver(memoryLimit: 1_000) }
    }

    @Test("a step of a batch is that of a solver with those examples, and a batch of others takes none")
    func batches() throws {
        let architecture = Architecture(
            name: "x",
            inputs: [.vector("x", width: 2)],
            nodes: [.init("y", .dense(units: 2, dynamic: true), "x")],
            output: "y"
        )
        let model = try DeviceModel(architecture, weights: randomWeights(architecture, items: 0, seed: 1))
        let (inputs, classes) = ([[1, 2], [-1, 0.5], [0.3, 3], [2, -2]] as [[Float]], [0, 1, 1, 0])
        let optimizer = Solver.Optimizer.proximal(rate: 0.3, pull: 0.5)
        var all = try Solver(model, inputs: inputs, targets: .classes(classes), optimizer: optimizer)
        var some = try Solver(model, inputs: [[-1, 0.5], [2, -2]], targets: .classes([1, 0]), optimizer: optimizer)
        for _ in 0..<3 { #expect(all.step(of: [1, 3]) == some.step()) }
        #expect(all.weights == some.weights && all.steps == 3)
        let before = all.weights
        for batch in [[], [4], [-1, 0]] as [[Int32]] { #expect(all.step(of: batch) == nil) }
        #expect(all.weights == before && !all.hasOverflowed)
        // The gradient takes no step, and is the slope that a step follows.
        let gradient = try #require(some.gradient()?["y.bias"]?.values)
        var plain = try Solver(
            model,
            inputs: [[-1, 0.5], [2, -2]],
            targets: .classes([1, 0]),
            optimizer: .sgd(rate: 1)
        )
        let start = try #require(plain.gradient()?["y.bias"]?.values)
        let old = try #require(plain.weights["y.bias"]?.values)
        _ = plain.step()
        for (place, value) in try #require(plain.weights["y.bias"]?.values).enumerated() {
            #expect(abs(value - (old[place] - start[place])) < 1e-6)
        }
        #expect(gradient != start && all.weights == some.weights)
    }

    @Test("models that cannot be learned are refused, and the node is named")
    func badModels() throws {
        func refusal(_ architecture: Architecture, items: Int = 0, inputs: [[Float]] = [[1, 2]]) throws
            -> DeviceModelError?
        {
            let weights = try randomWeights(architecture, items: items, seed: 1)
            let model = try DeviceModel(architecture, itemCount: items, weights: weights)
            do throws(DeviceModelError) {
                _ = try Solver(model, inputs: inputs, targets: .classes([0]), optimizer: .sgd(rate: 1))
                return nil
            } catch { return error }
        }
        func vector(_ nodes: [Architecture.Node]) -> Architecture {
            Architecture(name: "x", inputs: [.vector("x", width: 2)], nodes: nodes, output: "y")
        }
        let norm = vector([.init("first", .dense(units: 2, dynamic: true), "x"), .init("y", .layerNorm(), "first")])
        #expect(try refusal(norm) == .cannotLearn(node: "y", operation: "layerNorm"))
        #expect(try refusal(vector([.init("y", .dense(units: 2), "x")])) == .nothingToLearn("x"))
        #expect(try refusal(.bag(), items: 20) == .ranksItems("bag"))
        let spread = Architecture(
            name: "x",
            inputs: [.vectors("x", length: 3, width: 2)],
            nodes: [.init("first", .dense(units: 2, dynamic: true), "x"), .init("y", .spread, "first")],
            output: "y"
        )
        #expect(try refusal(spread) == .cannotLearn(node: "y", operation: "spread"))
        for error in [
            DeviceModelError.cannotLearn(node: "y", operation: "gru"), .nothingToLearn("y"),
            .wrongExample(2, reason: "y"),
        ] { #expect(error.description.contains("y")) }
    }

    @Test("the logarithm is the library's to 1e-12", arguments: [1, 1.000_001, 1.41, 1.42, 2, 3, 10, 1e4, 3e38])
    func logarithm(x: Double) {
        let found = Solver.Targets.logarithm(x)
        // e to the power of it, by the series at a 65,536th, squared sixteen times.
        let small = found / 65_536
        var power = 1 + small + small * small / 2 + small * small * small / 6 + small * small * small * small / 24
        for _ in 0..<16 { power *= power }
        #expect(abs(power / x - 1) < 1e-9)
    }
}
