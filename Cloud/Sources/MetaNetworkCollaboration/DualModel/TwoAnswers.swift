import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining

/// A model with what it learned. Device and cloud may read different columns of the same inputs.
package struct TaughtModel {
    package let model: TrainedModel
    package let task: EpisodicTask

    /// Creates a value.
    package init(_ model: TrainedModel, of task: EpisodicTask) { (self.model, self.task) = (model, task) }
}

/// What the device's model and the cloud's make of the same inputs.
struct TwoAnswers {
    let edge: EpisodeScores
    let cloud: EpisodeScores
    /// What the device knows of each input: what stands for it, its logits, and its margin.
    let known: [[Float]]
    /// Class that each model takes for the likeliest.
    let choices: (edge: [Int], cloud: [Int])
    let isRight: (edge: [Bool], cloud: [Bool])

    init(_ edge: TaughtModel, _ cloud: TaughtModel, on part: Part) throws {
        let (own, samples) = try edge.task.answers(of: edge.model, on: part)
        let other = try cloud.task.answers(of: cloud.model, on: part).scores
        (self.edge, self.cloud) = (own, other)
        precondition(own.episodes.count == other.episodes.count, "the same inputs, in the same order")
        let width = own.description.names.count
        func rows(_ scores: EpisodeScores) -> [ArraySlice<Float>] {
            stride(from: 0, to: scores.outputs.count, by: width).map { scores.outputs[$0..<$0 + width] }
        }
        func choice(_ row: ArraySlice<Float>) -> Int {
            row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 } - row.startIndex
        }
        let classes = own.episodes.flatMap { $0.targets.map { Int($0) } }
        choices = (rows(own).map(choice), rows(other).map(choice))
        isRight = (zip(choices.edge, classes).map(==), zip(choices.cloud, classes).map(==))
        known = zip(samples, rows(own)).map { Switcher.reading(sample: $0, outputs: Array($1)) }
    }

    var count: Int { known.count }

    var agree: [Bool] { zip(choices.edge, choices.cloud).map(==) }

    /// Margin of the device for each input.
    var margins: [Float] { known.map { $0[$0.count - 1] } }

    /// The device's outputs, for some inputs the cloud's.
    func deferring(_ isDeferred: [Bool]) -> EpisodeScores { edge.replaced(by: cloud, where: isDeferred) }

    /// Whether deferring can pay.
    var prospects: Prospects {
        let disagreeing = agree.indices.filter { !agree[$0] }
        func share(_ count: Int, of all: Int) -> Double { all == 0 ? 0 : Double(count) / Double(all) }
        return Prospects(
            disagreement: share(disagreeing.count, of: count),
            cloudRight: share(disagreeing.count { isRight.cloud[$0] }, of: disagreeing.count),
            deviceRight: share(disagreeing.count { isRight.edge[$0] }, of: disagreeing.count),
            deviceAloneRight: share(disagreeing.count { isRight.edge[$0] }, of: count)
        )
    }
}
