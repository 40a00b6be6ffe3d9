import Foundation
import MetaNetwork
import MetaNetworkData
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

/// Tables whose gradients are sparse, in pieces. Several ranks are as many processes, in `RankProcessTests`.
@Suite("Training of tables that ranks divide", .serialized)
struct DividedTableTests {
    /// Items of a catalogue whose tables are large, most of which nobody chose.
    private static let names = Vocabulary((0..<100_500).map { "i\($0)" })

    private func task() throws -> RankingTask {
        let log = (0..<30).map { user in (0..<14).map { "i\((user * 7 + $0 * (1 + user % 3)) * 1_613 % 100_500)" } }
        return try RankingTask(dataset(log, itemNames: Self.names), negatives: 15)
    }

    private func configuration(
        pieces: Int?,
        form: GeneratorConfiguration.Form = .residual,
        epochs: Int = 2
    ) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: .paperSASRec(width: 4, window: 5),
            generator: GeneratorConfiguration(form: form, window: 8, width: 4, rank: 2),
            epochs: epochs,
            batch: 64,
            pieces: pieces,
            loss: .binary,
            learningRate: 5e-3,
            weightDecay: 0.01,
            patience: 0,
            validationMetric: "sampled/auc"
        )
    }

    @Test("in one piece is what it is without pieces")
    func onePiece() throws {
        try LibTorch.setThreads(1)
        let task = try task()
        let settings = configuration(pieces: 1)
        func model() throws -> JointModel {
            try settings.model(itemCount: task.itemNames.count, userCount: task.userCount)
        }
        let (whole, divided) = (try model(), try model())
        let tables = divided.largeTables
        #expect(tables.map(\.name) == ["device/items.embedding"])
        #expect(tables[0].readers == [.history, .candidates, .samples] && tables[0].isTrained)
        let pieced = try PiecedGradient(of: divided.tensors, tables: tables, pieces: 1, on: OneRank())
        let optimizers = (
            try Trainer<RankingTask>.optimizer(whole, settings, decays: 0, nil),
            try Trainer<RankingTask>.optimizer(divided, settings, decays: 0, pieced)
        )
        var random = SeededGenerator(seed: 3)
        let plans = try task.batches(of: whole, settings, random: &random)
        for plan in plans {
            let batch = try plan(&random)
            try task.loss(whole, batch).loss.backward()
            let norm = try optimizers.0.takeStep()
            try pieced.tables.fetch([task.rows(readBy: batch)])
            let step = try pieced.step { _ in try task.loss(divided, batch) }
            let found = try optimizers.1.takeStep(along: step.rows, squares: step.squares)
            #expect(abs(found - norm) < 1e-5 * norm)
        }
        #expect(plans.count > 3)
        for (name, (expected, found)) in zip(divided.tensorNames, zip(whole.tensors, divided.tensors)) {
            let pairs = zip(try expected.floats(), try found.floats())
            #expect(pairs.allSatisfy { abs($0 - $1) < 1e-6 }, "\(name)")
        }
    }

    @Test("is resumed within an epoch to the same weights, and its checkpoint has the moments of all rows")
    func resumed() throws {
        try LibTorch.setThreads(1)
        let task = try task()
        func weights(_ trained: TrainedModel) throws -> Weights { try trained.model.network.parameters.weights() }
        let whole = try Trainer(configuration(pieces: 3), task).run()
        let name = "\(UUID().uuidString).checkpoint"
        let checkpoint = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        defer { try? FileManager.default.removeItem(at: checkpoint) }
        var steps = 0
        _ = #expect(throws: TrainingError.self) {
            try Trainer(configuration(pieces: 3), task, checkpoint: StateFile(checkpoint)).run(shouldStop: {
                steps += 1
                return steps == 9
            })
        }
        let saved = try SavedState(checkpoint)
        #expect(saved.state.step > 0)
        let moments = try #require(saved.tensors["second/device/items.embedding"])
        #expect(moments.shape == [100_501, 4])
        let touched = stride(from: 0, to: moments.values.count, by: 4).filter { row in
            moments.values[row..<row + 4].contains { $0 > 0 }
        }
        // Five steps of an epoch read most of the items that are in the log, and drawn ones.
        #expect(touched.count > 300 && touched.count < 2_000 && !touched.contains(0))
        let resumed = try Trainer(configuration(pieces: nil), task, checkpoint: StateFile(checkpoint), resume: true)
            .run()
        #expect(resumed.curve == whole.curve)
        #expect(try weights(resumed) == weights(whole))
    }

    @Test("leaves a table as it is that the form does not train, and trains what is added to it")
    func frozen() throws {
        let task = try task()
        let trained = try Training(configuration(pieces: 2, form: .vector, epochs: 1), task).run()
        let tables = trained.model.largeTables
        #expect(tables.contains { !$0.isTrained })
        let base = try Training(configuration(pieces: 2, form: .vector, epochs: 1).ofBase, task).run()
        #expect(
            try trained.model.network.parameters["items.embedding"].floats()
                == base.model.network.parameters["items.embedding"].floats()
        )
    }

    @Test("of which a row's gradient is not a number changes nothing")
    func notFinite() throws {
        let table = try Tensor([0, 1, .infinity, 3], shape: [4, 1])
        let dense = try Tensor([2], shape: [1])
        for parameter in [table, dense] { try parameter.requireGradient() }
        let large = JointModel.LargeTable(place: 0, name: "items", tensor: table, readers: [.history])
        let pieced = try PiecedGradient(of: [table, dense], tables: [large], pieces: 2, on: OneRank())
        let optimizer = try Adam([table, dense], shares: pieced.tables.shares)
        func norm(_ rows: [Int64]) throws -> Double {
            let step = try pieced.step { piece in
                let read = try Tensor(indices: [rows[piece]], shape: [1])
                let x = try table.embedding(read, hasPadding: true, isSparse: true).reshape([1])
                return (try (x * x + dense * dense).mean(), 1)
            }
            return try optimizer.takeStep(along: step.rows, squares: step.squares)
        }
        #expect(try !norm([1, 2]).isFinite)
        #expect(try table.floats() == [0, 1, .infinity, 3] && dense.floats() == [2] && optimizer.step == 0)
        // The gradients of the mean: 1 and 3 of the rows, 4 of the other.
        #expect(try abs(norm([1, 3]) - 26.0.squareRoot()) < 1e-5)
        #expect(try optimizer.step == 1 && table.floats()[1] < 1 && dense.floats()[0] < 2)
    }

    @Test("of tokens is refused, and says how to go on")
    func tokens() throws {
        let table = try Tensor([Float](repeating: 0, count: 100_001), shape: [100_001, 1])
        let large = JointModel.LargeTable(place: 0, name: "device/town.embedding", tensor: table, readers: [.tokens])
        // What is not trained may be of tokens.
        _ = try PiecedGradient(of: [table], tables: [large], pieces: 2, on: OneRank())
        try table.requireGradient()
        let error = #expect(throws: TrainingError.self) {
            try PiecedGradient(of: [table], tables: [large], pieces: 2, on: OneRank())
        }
        #expect(error?.description.contains("the table 'device/town.embedding' of tokens has 100001 rows") == true)
    }
}
