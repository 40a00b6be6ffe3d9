import Foundation
import MetaNetworkTraining

/// Turns what a run reports into progress on the terminal, a JSONL log and TensorBoard events.
struct TrainingObserver {
    let progress: ProgressReporter
    let label: String
    var log: JSONLinesLog?
    var events: EventFileWriter?

    private struct Line: Encodable {
        let epoch: Int
        let loss: Double
        let metric: String
        let validation: Double
        let seconds: Double
    }

    func report(_ event: TrainingEvent) throws {
        switch event {
        case .step(let epoch, let step, let steps, let loss, let rate):
            let detail = "loss \(loss.formatted(digits: 4)), \(Int(rate)) positions/s"
            progress.update(label: "\(label)epoch \(epoch)", done: step, total: steps, detail: detail)
        case .epoch(let point, let metric, let seconds):
            progress.message(
                "\(label)epoch \(point.epoch): loss \(point.loss.formatted(digits: 4)), "
                    + "validation \(metric) \(point.validation.formatted(digits: 4)), \(seconds.formatted(digits: 1)) s"
            )
            try log?.append(
                Line(
                    epoch: point.epoch,
                    loss: point.loss,
                    metric: metric,
                    validation: point.validation,
                    seconds: seconds
                )
            )
            try events?.write(
                scalars: [
                    (tag: "training/loss", value: Float(point.loss)),
                    (tag: "validation/\(metric.lowercased())", value: Float(point.validation)),
                ],
                step: point.epoch
            )
        case .earlyStop(let epoch, let bestEpoch, let metric):
            progress.message(
                "\(label)stopped after epoch \(epoch): the best validation \(metric) was at epoch \(bestEpoch)"
            )
        case .notSaved(let reason): progress.message("\(label)the state was not saved, training goes on: \(reason)")
        }
    }
}
