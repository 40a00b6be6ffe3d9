import MetaNetworkData
import MetaNetworkTraining

/// What was measured of one method with one seed: all that results are computed from, so that no model need be kept.
package struct ExperimentRecord: Codable, Sendable {
    /// What was measured how; `nil` where the record is not kept.
    package let key: RecordKey?
    /// Metrics by set, the curve and the cost.
    package let run: Run
    /// The data.
    package let data: DataSummary
    /// How the data were split, in words.
    package let split: String
    /// What the run scored.
    package let scores: RecordedScores
}

extension ExperimentRecord {
    /// Puts a record together.
    ///
    /// - Parameters:
    ///   - measured: The run.
    ///   - task: What was learned.
    ///   - data: What the user calls the data.
    ///   - bootstrap: Draws the subjects.
    ///   - detail: How much is kept.
    ///   - key: What was measured how.
    package init(
        _ measured: MeasuredRun,
        of task: some LearningTask,
        data: String,
        _ bootstrap: PairedBootstrap,
        _ detail: RecordedScores.Detail,
        key: RecordKey? = nil
    ) {
        self.key = key
        run = measured.run
        self.data = DataSummary(
            name: data,
            sha256: task.dataDigest,
            facts: (measured.facts ?? task.facts).map { DataSummary.Fact($0.label, $0.count) }
        )
        split = task.split
        scores = RecordedScores(measured.scores, bootstrap, detail)
    }

    /// The same measurement under another seed.
    func repeated(with run: ExperimentRun) -> ExperimentRecord {
        var measured = self.run
        measured.seed = run.seed
        return ExperimentRecord(
            key: key == nil ? nil : run.key,
            run: measured,
            data: data,
            split: split,
            scores: scores
        )
    }
}
