import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings
import MetaNetworkTraining

/// The metrics of each user of a ranking, in a file: `evaluate --per-user`.
struct UserScoresFile {
    private let file: RecordFile
    private let url: URL

    /// - Throws: `DataError` for an extension of another format; `FileError`.
    init(_ url: URL) throws {
        self.url = url
        file = try RecordFile(url)
        guard file.format != .inter else {
            throw DataError("\(url.path): metrics are no interactions; write .csv, .tsv or .jsonl")
        }
    }

    /// Writes a line for each measured user and set, with the raw id.
    ///
    /// - Throws: ``ConfigurationError`` where the task is no ranking; `FileError`.
    func write(_ scores: Scores, of task: some LearningTask) throws {
        guard let ranking = task as? RankingTask else {
            throw ConfigurationError(
                "--per-user writes the metrics of users of a ranking, and this bundle ranks no items; leave it out"
            )
        }
        let counts = ranking.dataset.positions(.test).users.reduce(into: [Int: Int]()) { $0[Int($1), default: 0] += 1 }
        // A set lacks some metrics of another, and a user may have none of a metric.
        let names = Metric.ordered(Set(scores.sets.flatMap(\.metrics.subjectNames))).map(\.name)
        for user in scores.indices {
            for set in scores.sets {
                let values = set.metrics.values(ofOne: user)
                let metrics = names.map { name in
                    (name: name, value: values[name].map { RecordFile.Value.number($0) } ?? .missing)
                }
                let name = ranking.dataset.userNames[user]
                try file.write(
                    [
                        ("user_id", .text(name)), ("set", .text(set.name)),
                        ("positions", .number(Double(counts[user, default: 0]))),
                    ] + metrics
                )
            }
        }
        try file.finish()
    }
}
