import Foundation
import MetaNetwork
import MetaNetworkDevice

/// Times the shipped architectures with random weights, which it leaves as `MODEL.safetensors` in the folder of its first
/// argument, beside `ours.json`: the median microseconds of many runs and the scores.
@main
struct DeviceBenchmark {
    /// What was measured of one model.
    struct Figures: Encodable {
        var load = 0.0
        var swap = 0.0
        var residentBytes = 0
        var rank: [String: Double] = [:]
        var scores: [Float] = []
    }

    static func main() throws {
        let folder = URL(fileURLWithPath: CommandLine.arguments.dropFirst().first ?? ".")
        var figures: [String: Figures] = [:]
        let architectures = Architecture.shippedNames.compactMap { Architecture.shipped($0) }
        let resident = try residentBytes(
            of: architectures.map { ($0, try randomWeights(ModelGraph($0, itemCount: catalogue)).all) }[...]
        )
        for (architecture, bytes) in zip(architectures, resident) {
            figures[architecture.name] = try measure(architecture, folder)
            figures[architecture.name]?.residentBytes = bytes
        }
        try JSONEncoder().encode(figures).write(to: folder.appendingPathComponent("ours.json"))
        try LearningBenchmark(folder).run()
    }

    private static let catalogue = 10_000

    /// What each model adds to the process. All are kept meanwhile, so that none lies in memory that another gave back.
    private static func residentBytes(of models: ArraySlice<(Architecture, Weights)>) throws -> [Int] {
        guard let (architecture, weights) = models.first else { return [] }
        let before = residentBytes()
        let model = try DeviceModel(architecture, itemCount: catalogue, weights: weights)
        let added = residentBytes() - before
        return try withExtendedLifetime(model) { [added] + (try residentBytes(of: models.dropFirst())) }
    }

    private static func measure(_ architecture: Architecture, _ folder: URL) throws -> Figures {
        let (weights, dynamic) = try randomWeights(ModelGraph(architecture, itemCount: catalogue))
        let file = folder.appendingPathComponent("\(architecture.name).safetensors")
        try Data(SafeTensors.encode(weights)).write(to: file)
        var figures = Figures()
        var model = try DeviceModel(architecture, itemCount: catalogue, weights: weights)
        figures.load = try median(of: 9) {
            _ = try DeviceModel(architecture, itemCount: catalogue, weights: weights)
        }
        figures.swap = try median(of: 999) { try model.personalize(dynamic) }
        let history = (1...10).map { $0 * 37 }
        for count in [100, 1682, 10_000] {
            // Scattered over the table, as candidates are.
            let candidates = (0..<count).map { 1 + ($0 * 7919) % catalogue }
            var scores: [Float] = []
            figures.rank[String(count)] = median(of: 400_000 / count + 20) {
                model.score(history: history, candidates: candidates, into: &scores)
            }
            figures.scores = Array(scores.prefix(100))
        }
        return figures
    }

    static func randomWeights(_ graph: ModelGraph) throws -> (all: Weights, dynamic: Weights) {
        var random = LinearCongruential(state: 1)
        var (all, dynamic) = (Weights(), Weights())
        for parameter in graph.parameters {
            let values = (0..<parameter.shape.reduce(1, *)).map { _ in Float.random(in: -0.2...0.2, using: &random) }
            all[parameter.name] = try WeightTensor(shape: parameter.shape, values: values)
            if parameter.isDynamic { dynamic[parameter.name] = all[parameter.name] }
        }
        return (all, dynamic)
    }

    static func median(of runs: Int, _ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        var times: [Double] = []
        for _ in 0..<runs {
            let taken = try clock.measure(body)
            times.append(Double(taken.components.seconds) * 1e6 + Double(taken.components.attoseconds) * 1e-12)
        }
        return times.sorted()[runs / 2]
    }

    /// Pages of the process that are in memory; 0 where the system does not say.
    private static func residentBytes() -> Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
    }
}

/// A generator with a seed; the standard library has none.
struct LinearCongruential: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 33)
    }
}
