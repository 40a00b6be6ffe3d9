import Foundation
import MetaNetwork
import MetaNetworkDevice
import Testing

@Suite("Models of several named inputs")
struct NamedInputTests {
    /// Two statistics that are standardized, a window that is not, and a question.
    private static func architecture(
        _ change: (inout Architecture) -> Void = { _ in }
    ) -> Architecture {
        var architecture = Architecture(
            name: "several",
            inputs: [
                .vector("statistics", width: 2), .vectors("readings", length: 3, width: 2),
                .token("question", ["which?", "how?"]),
            ],
            nodes: [
                .init("even", .standardize, "statistics"),
                .init("mean", .mean, "readings"),
                .init("asked", .embedding(table: "questions", width: 2), "question"),
                .init("joined", .concatenate, "even", "mean", "asked"),
                .init("out", .dense(units: 2, dynamic: true), "joined"),
            ],
            output: "out",
            sample: "joined"
        )
        change(&architecture)
        return architecture
    }

    /// The dense layer lets the first and the second half of its inputs through; the questions have the rows [0, 0], [1, 2], [3, 4].
    private func model() throws -> DeviceModel {
        func tensor(_ shape: [Int], _ values: [Float]) throws -> WeightTensor {
            try WeightTensor(shape: shape, values: values)
        }
        return try DeviceModel(
            Self.architecture(),
            weights: Weights([
                "even.mean": tensor([2], [10, 20]), "even.scale": tensor([2], [1, 0.5]),
                "questions.embedding": tensor([3, 2], [0, 0, 1, 2, 3, 4]),
                "out.weight": tensor([6, 2], [1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]), "out.bias": tensor([2], [0, 0]),
            ])
        )
    }

    @Test("a row is one input behind the other, and a token its number")
    func row() throws {
        var model = try model()
        let row = try model.row(of: ["question": "how?", "statistics": [11, 22], "readings": [1, 2, 3, 4, 5, 6]])
        #expect(row == [11, 22, 1, 2, 3, 4, 5, 6, 2])
        #expect(model.graph.inputs.map(\.range) == [0..<2, 2..<8, 8..<9] && model.graph.inputCount == 9)
        // 1 + 3 + 3 and 1 + 4 + 4.
        #expect(try model.outputs(of: row) == [7, 9])
        #expect(try model.sample(of: row) == [1, 1, 3, 4, 3, 4])
        #expect(try model.completed(row) == row)
    }

    @Test(
        "a missing input is the training data's mean where it is standardized, else zeros, and an unknown token zeros"
    )
    func missing() throws {
        var model = try model()
        let question = try model.row(of: ["question": "which?"])
        #expect(question.filter(\.isNaN).count == 8)
        #expect(try model.completed(question) == [10, 20, 0, 0, 0, 0, 0, 0, 1])
        #expect(try model.outputs(of: question) == model.outputs(of: [10, 20, 0, 0, 0, 0, 0, 0, 1]))
        #expect(try model.outputs(of: question) == [1, 2])
        let readings = try model.row(of: ["readings": [1, 2, 1, 2, 1, 2], "question": "whither?"])
        #expect(readings.last == 0)
        #expect(try model.outputs(of: readings) == [1, 2])
        for number: Float in [.nan, 7, -1, 0.5] {
            #expect(try model.outputs(of: [.nan, .nan, 1, 2, 1, 2, 1, 2, number]) == [1, 2])
        }
    }

    @Test("what does not fit is refused with the input's name, and the model goes on")
    func refusals() throws {
        var model = try model()
        func message(_ values: [String: InputValue]) -> String {
            do { return try "\(model.row(of: values))" } catch { return error.description }
        }
        #expect(
            message(["gyroscope": [1]]).contains("'gyroscope'") && message(["gyroscope": [1]]).contains("'readings'")
        )
        #expect(message(["statistics": [1]]).contains("2 values"))
        #expect(message(["statistics": [1, .infinity], "question": "how?"]).contains("value 1"))
        #expect(message(["statistics": "how?"]).contains("token") && message(["question": [1]]).contains("token"))
        #expect(message([:]) == DeviceModelError.nothingGiven.description)
        var (outputs, half): ([Float], [Float]) = ([], [11, .nan, 1, 2, 3, 4, 5, 6, 2])
        #expect(throws: DeviceModelError.inputNotFinite(1)) { try model.outputs(of: half, into: &outputs) }
        half = [Float](repeating: .nan, count: 9)
        #expect(throws: DeviceModelError.nothingGiven) { try model.outputs(of: half, into: &outputs) }
        #expect(throws: DeviceModelError.wrongInput(expected: 9, found: 2)) { try model.outputs(of: [1, 2]) }
        #expect(throws: DeviceModelError.takesNoPrompt("several")) {
            try model.usePrompt([Float](repeating: 0, count: 9))
        }
        #expect(try model.outputs(of: [11, 22, 1, 2, 3, 4, 5, 6, 2]) == [7, 9])
    }

    @Test("a device learns its layers with such inputs, some of them missing")
    func learning() throws {
        let model = try model()
        var solver = try Solver(
            model,
            inputs: [[11, 22, 1, 2, 3, 4, 5, 6, 2], [.nan, .nan, 5, 0, 5, 0, 5, 0, 1]],
            targets: .classes([1, 0]),
            optimizer: .adam(rate: 0.05)
        )
        let result = solver.run(steps: 30)
        let (before, after) = (try #require(result.lossBefore), try #require(result.lossAfter))
        #expect(result.steps == 30 && after < before / 2)
    }

    @Test("architectures survive JSON, and a mistake in one is named")
    func architectures() throws {
        let data = try JSONEncoder().encode(Self.architecture())
        #expect(try JSONDecoder().decode(Architecture.self, from: data) == Self.architecture())
        func message(_ change: (inout Architecture) -> Void) -> String {
            do { return "\(try ModelGraph(Self.architecture(change)).inputCount)" } catch { return error.description }
        }
        #expect(message { _ in } == "9")
        let mistakes: [(String, (inout Architecture) -> Void)] = [
            ("sample", { $0.sample = nil }),
            ("'tokens'", { $0.inputs[2].tokens = nil }),
            ("twice", { $0.inputs[2].tokens = ["a", "a"] }),
            ("no 'width'", { $0.inputs[2].width = 3 }),
            ("no 'tokens'", { $0.inputs[0].tokens = ["a"] }),
            ("one length", { $0.inputs.append(.vectors("others", length: 4, width: 2)) }),
            ("depend on the input 'others'", { $0.inputs.append(.vector("others", width: 2)) }),
            ("the catalogue has 0 items", { $0.inputs.append(.init(name: "history", kind: .items, length: 3)) }),
            ("cannot read the numbers", { $0.nodes[2] = .init("asked", .dense(units: 2), "question") }),
            ("'embedding' reads numbers", { $0.nodes[2] = .init("asked", .embedding(table: "t", width: 2), "even") }),
        ]
        for (expected, change) in mistakes { #expect(message(change).contains(expected), "\(message(change))") }
        let shared = message {
            $0.inputs.append(.token("place", ["left", "right", "none"]))
            $0.nodes.insert(.init("placed", .embedding(table: "questions", width: 2), "place"), at: 3)
            $0.nodes[4] = .init("joined", .concatenate, "even", "mean", "asked", "placed")
        }
        #expect(shared.contains("3 tokens") && shared.contains("2 in it"))
    }
}
