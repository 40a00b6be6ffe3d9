import MetaNetwork
import Testing

@testable import MetaNetworkDevice

@Suite("Dynamic layers made of a code")
struct WeightBasisTests {
    private static let architecture = Architecture(
        name: "readings",
        inputs: [.vector("reading", width: 3)],
        nodes: [
            .init("hidden", .dense(units: 9, activation: .relu, dynamic: true), "reading"),
            .init("logits", .dense(units: 4, dynamic: true), "hidden"),
        ],
        output: "logits"
    )
    private static let inputs: [[Float]] = [[1, 0.5, -1], [-1, 0.25, 0.5], [0.5, -2, 1], [0, 1, 1]]
    private static let classes = Solver.Targets.classes([0, 1, 2, 3])

    private static func model() throws -> DeviceModel {
        try DeviceModel(architecture, weights: randomWeights(architecture, items: 0, seed: 1))
    }

    /// A basis of three rows.
    private static func tensors() throws -> Weights {
        var weights = Weights()
        for (number, parameter) in try ModelGraph(architecture).parameters.enumerated() {
            let count = 3 * parameter.shape.reduce(1, *)
            let values = (0..<count).map { Float(($0 * 7 + number * 3) % 11) / 11 - 0.45 }
            weights[parameter.name] = try WeightTensor(shape: [3] + parameter.shape, values: values)
        }
        weights[BundleLayout.basisStart] = try WeightTensor(shape: [3], values: [0.25, -0.5, 1])
        return weights
    }

    private static func basis() throws -> WeightBasis { try WeightBasis(tensors(), of: ModelGraph(architecture)) }

    @Test("are the sum of the rows, each times its value of the code")
    func sum() throws {
        let (basis, tensors) = (try Self.basis(), try Self.tensors())
        let weights = try basis.weights([2, 0, -1])
        #expect(weights.names == ["hidden.bias", "hidden.weight", "logits.bias", "logits.weight"])
        let (rows, made) = try (#require(tensors["logits.weight"]).values, #require(weights["logits.weight"]))
        #expect(made.shape == [9, 4])
        for place in 0..<36 { #expect(abs(made.values[place] - (2 * rows[place] - rows[72 + place])) < 1e-6) }
    }

    @Test("the solver's layers are those that the basis makes of its code, which starts where it is told to")
    func solver() throws {
        let basis = try Self.basis()
        let model = try Self.model()
        for code in [nil, [0.1, 0.2, 0.3] as [Float]] {
            var solver = try Solver(
                model,
                inputs: Self.inputs,
                targets: Self.classes,
                optimizer: .adam(rate: 0.02),
                basis: basis,
                code: code
            )
            let start = solver.code
            #expect(start == code ?? basis.start)
            var device = try Self.model()
            try device.personalize(basis.weights(code ?? basis.start))
            let before = try device.loss(of: Self.inputs, Self.classes)
            let outcome = solver.run(steps: 30)
            #expect(try abs(#require(outcome.lossBefore) - before) < 1e-6)
            #expect(try outcome.steps == 30 && #require(outcome.lossAfter) < before)
            let (learned, found) = (solver.code, solver.weights)
            let made = try basis.weights(#require(learned))
            try device.personalize(made)
            #expect(try abs(#require(outcome.lossAfter) - device.loss(of: Self.inputs, Self.classes)) < 1e-6)
            for name in made.names {
                let pairs = try zip(#require(found[name]).values, #require(made[name]).values)
                #expect(pairs.allSatisfy { abs($0 - $1) < 1e-6 })
            }
        }
        var whole = try Solver(model, inputs: Self.inputs, targets: Self.classes, optimizer: .sgd(rate: 0.1))
        _ = whole.step()
        let none = whole.code
        #expect(none == nil)
    }

    @Test("a step after which nothing is finite is taken back, and the code is that of the last known loss")
    func overflow() throws {
        var solver = try Solver(
            Self.model(),
            inputs: Self.inputs,
            targets: Self.classes,
            optimizer: .sgd(rate: 1e38),
            basis: Self.basis()
        )
        let outcome = solver.run(steps: 5)
        let (hasOverflowed, code, weights) = (solver.hasOverflowed, solver.code, solver.weights)
        #expect(hasOverflowed && outcome.lossAfter?.isFinite == true)
        #expect(try #require(code).allSatisfy(\.isFinite))
        #expect(weights.names.allSatisfy { weights[$0]?.values.allSatisfy(\.isFinite) == true })
    }

    @Test("a code of another length, an infinite one, classes outside the model's and NaN in an input are refused")
    func refused() throws {
        let basis = try Self.basis()
        let model = try Self.model()
        #expect(throws: DeviceModelError.wrongCode(expected: 3, found: 2)) { _ = try basis.weights([1, 2]) }
        #expect(throws: DeviceModelError.codeNotFinite(1)) { _ = try basis.weights([1, .nan, 2]) }
        func error(
            _ inputs: [[Float]] = Self.inputs,
            _ targets: Solver.Targets = Self.classes,
            code: [Float]? = nil,
            memoryLimit: Int = 1 << 20
        ) -> DeviceModelError? {
            do throws(DeviceModelError) {
                let solver = try Solver(
                    model,
                    inputs: inputs,
                    targets: targets,
                    optimizer: .adam(rate: 0.1),
                    basis: basis,
                    code: code,
                    memoryLimit: memoryLimit
                )
                return solver.steps == 0 ? nil : .stopped
            } catch { return error }
        }
        #expect(error() == nil)
        #expect(error(code: [1]) == .wrongCode(expected: 3, found: 1))
        #expect(error([[1, 2, 3]], .classes([4]))?.description.contains("classes 0 to 3") == true)
        #expect(error([[1, .nan, 3]], .classes([0]))?.description.contains("infinite or NaN") == true)
        guard case .tooLarge = error(memoryLimit: 1000) else {
            Issue.record("a basis counts towards the memory")
            return
        }
    }

    @Test("a basis of another shape, without its start, with more tensors or of no dynamic layer is refused")
    func wrongBasis() throws {
        let graph = try ModelGraph(Self.architecture)
        func error(_ change: (inout Weights) throws -> Void) throws -> DeviceModelError? {
            var tensors = try Self.tensors()
            try change(&tensors)
            do throws(DeviceModelError) {
                _ = try WeightBasis(tensors, of: graph)
                return nil
            } catch { return error }
        }
        #expect(try error { _ in } == nil)
        let rows = try error {
            $0["logits.bias"] = try WeightTensor(shape: [2, 4], values: .init(repeating: 0, count: 8))
        }
        #expect(rows == .wrongShape("logits.bias", expected: [3, 4], found: [2, 4]))
        #expect(try error { $0["start"] = nil } == .missingTensor("start"))
        #expect(try error { $0["hidden.bias"] = nil } == .missingTensor("hidden.bias"))
        #expect(try error { $0["other"] = $0["start"] } == .unexpectedTensor("other"))
        #expect(try error { $0["start"] = try WeightTensor(shape: [0], values: []) } == .wrongBasis([0]))
        let nan = try error { $0["start"] = try WeightTensor(shape: [3], values: [0, .nan, 0]) }
        #expect(nan == .notFinite("start"))
        let still = Architecture(
            name: "still",
            inputs: [.vector("x", width: 3)],
            nodes: [.init("y", .dense(units: 2), "x")],
            output: "y"
        )
        #expect(throws: DeviceModelError.nothingToLearn("still")) {
            _ = try WeightBasis(Self.tensors(), of: ModelGraph(still))
        }
    }
}
