import MetaNetwork
import MetaNetworkData
import Torch

/// Learning classes or numbers from feature vectors, windows of them or images of many devices.
struct EpisodicTask: TrainingTask {
    private let source: any EpisodeSource

    init(_ source: some EpisodeSource) { self.source = source }

    var dataDigest: String { source.digest }
    var metric: String { source.outputs.kind == .classification ? "accuracy" : "R²" }

    /// Samples on which a `standardize` node's mean and scale are measured at most.
    private static let measured = 20_000

    static func check(_ architecture: Architecture) throws {
        guard !architecture.ranksItems else {
            throw TrainingError.badSetting(
                "the architecture '\(architecture.name)' ranks items and reads no vectors; train it with --task ranking"
            )
        }
    }

    func prepare(_ model: JointModel) throws {
        let graph = model.network.graph
        guard let shape = graph.inputShape else { return }
        guard shape.count == source.inputCount else {
            throw TrainingError.badSetting(
                "the architecture '\(graph.architecture.name)' reads \(shape.description), \(shape.count) numbers; the data has "
                    + "\(source.inputCount) numbers a sample (\(source.inputDescription))"
            )
        }
        guard graph.outputWidth == source.outputs.names.count else {
            throw TrainingError.badSetting(
                "the architecture '\(graph.architecture.name)' gives \(graph.outputWidth) numbers ('\(graph.architecture.output)'); "
                    + "the data has \(source.outputs.names.count) "
                    + (source.outputs.kind == .classification ? "classes" : "numbers to predict")
            )
        }
        for node in graph.nodes where node.operation == .standardize { try standardize(node, shape, model) }
    }

    private func standardize(
        _ node: ModelGraph.ResolvedNode,
        _ shape: ModelGraph.Shape,
        _ model: JointModel
    ) throws {
        let moments = FeatureMoments(source.trainingInputs(most: Self.measured), shape)
        try model.network.parameters["\(node.name).mean"].assign(moments.means)
        try model.network.parameters["\(node.name).scale"].assign(moments.scales)
    }

    func plan(_ configuration: TrainingConfiguration, random: inout SeededGenerator) -> [TrainingStep] {
        let kind = source.outputs.kind
        return source.plan(batch: configuration.batch, random: &random).map { episodes in
            { model, random in
                let batch = try EpisodeBatch(episodes(&random))
                return (try model.loss(batch, kind), batch.count)
            }
        }
    }

    func validate(_ model: JointModel) throws -> Double {
        let scores = try EpisodeEvaluator(model).scores(source, .validation)
        return scores.quality
    }
}

/// Mean and inverse standard deviation of each number of the last axis.
struct FeatureMoments {
    private(set) var means: [Float]
    private(set) var scales: [Float]

    /// - Parameters:
    ///   - inputs: As a model over vectors reads them.
    ///   - shape: Their shape; an image lies channel by channel.
    init(_ inputs: [[Float]], _ shape: ModelGraph.Shape) {
        let (rows, width) = (shape.rows, shape.width)
        let isImage = if case .image = shape { true } else { false }
        var (sums, squares) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
        for input in inputs {
            for row in 0..<rows {
                for place in 0..<width {
                    let value = Double(input[isImage ? place * rows + row : row * width + place])
                    sums[place] += value
                    squares[place] += value * value
                }
            }
        }
        let count = Double(max(1, inputs.count * rows))
        means = sums.map { Float($0 / count) }
        scales = zip(sums, squares).map { sum, square in
            let variance = square / count - (sum / count) * (sum / count)
            // A feature that never changes tells nothing; it must not become huge on a device where it does.
            return variance > 1e-12 ? Float(1 / variance.squareRoot()) : 1
        }
    }
}
