import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkModels
import MetaNetworkPublishing
import MetaNetworkSettings
import MetaNetworkTraining

/// `metanetwork privacy`: what a bundle's weights, and what is uploaded for them, tell of users.
struct Privacy: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure what a bundle's weights, and what is uploaded for them, tell of users.",
        discussion: """
            Give the data that the bundle was trained on: they are split as they were then, and others are refused. Three attacks are tried.

            Members: is an interaction, or an input, one of those that the base was trained on? By the loss, for rankings also by its ratio to \
            how frequent the item is among all others, and as a control by that frequency alone. AUC (chance 0.5), and the share of members \
            that is told where 0.1 % of the others are taken for members.

            Weights: a linear probe reads the uploaded ids from generated weights, learned from two thirds of the users, of the others; for a \
            model over vectors it is the test device whose upload it was. Chance is what the most frequent guesses have.

            Embeddings: the likeliest row of the model's own table, or the nearest device by the mean of its samples. \
            Of a ranking, 3,000 users are looked at, and 2,000 embeddings, at most.

            Each has a curve with Gaussian noise, of so many times twice the norm that vectors are clipped to, their median in training. For \
            weights it is on what the generator reads of an upload (z): the service would add it, against whoever sees the weights. For \
            embeddings it is on each of them: devices would add it, against the service too. Quality is of the weights that are made then. ε \
            is of two uploads of a device with as many samples, whatever they are, with δ 1e-5; of embeddings it composes over as many as the \
            generator reads. The Swift SDK adds the latter where an app has it so, with the settings that are printed below; the service and \
            the other clients add none.

            Examples:
              metanetwork privacy runs/movies --data ml-100k
              metanetwork privacy runs/movies --data ml-100k --json
            """
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: EvaluateOptions

    /// Noise over the largest change of a clipped vector.
    private static let levels = [0.1, 0.25, 0.5, 1, 2, 4]
    /// Deals users, and seeds noise.
    private static let seed: UInt64 = 1

    func run() throws {
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: bundle))
        let settings = try options.merged(bundle: DataSettings.trained(bundle.provenance))
        try settings.values(ThreadSettings.self).apply()
        let task = try settings.values(DataSettings.self)
            .learningTask(of: bundle.manifest, bundle.provenance, itemNames: bundle.itemNames, output.progress)
        if let digest = bundle.provenance.training[ModelBundle.dataDigest], digest != task.dataDigest {
            throw ConfigurationError(
                "these are not the data that \(self.bundle) was trained on, or they are read otherwise: what the model has never seen would "
                    + "count as members; give those data, with the columns that `train` was given"
            )
        }
        let report = try PrivacyReport(bundle, on: task, levels: Self.levels, seed: Self.seed, output.progress)
        if output.json { return try output.printJSON(report) }
        print(report.text)
    }
}

/// What the attacks on a bundle achieve, and what noise against them costs.
struct PrivacyReport: Encodable {
    let model: String
    let version: String
    /// What the attack on members achieves, by name.
    let members: [String: Double]
    /// Metrics of the base, by set and name.
    let base: [String: [String: Double]]
    /// Generated weights without noise, and with more and more; empty without a generator.
    let weights: [Level]
    /// Uploaded embeddings; empty where none can be uploaded.
    let embeddings: [Level]

    /// What is read back with some noise.
    struct Level: Encodable {
        /// Over the largest change of a clipped vector; 0 for none, where nothing is clipped.
        let noise: Double
        /// The norm that vectors are clipped to; `nil` where nothing is clipped.
        let clip: Double?
        /// What is read back, and ε, by name.
        let measures: [String: Double]
        /// Metrics of the generated weights, by set and name.
        let metrics: [String: [String: Double]]
    }

    init(
        _ bundle: ModelBundle,
        on task: some SimulatedTask,
        levels: [Double],
        seed: UInt64,
        _ progress: ProgressReporter
    ) throws {
        let trained = try bundle.trainedModel()
        (model, version) = (bundle.manifest.name, bundle.manifest.version)
        progress.message("telling members")
        members = try PrivacyMeasures(trained, task, .members, seed: seed).values
        base = try task.scores(trained.model.withoutGenerator, on: .test).values
        let hasGenerator = bundle.manifest.generator != nil
        func curve(_ mechanism: NoiseMechanism) throws -> [Level] {
            try ([nil] + levels).map { level in
                progress.message("reading \(mechanism.rawValue)" + (level.map { " with noise \($0)" } ?? ""))
                let privacy = try PrivacyMeasures(trained, task, .uploads(mechanism, noise: level), seed: seed)
                return Level(
                    noise: level ?? 0,
                    clip: privacy.clip,
                    measures: privacy.values,
                    metrics: try privacy.scores(trained, task).values
                )
            }
        }
        weights = hasGenerator ? try curve(.weights) : []
        let isUploaded = try hasGenerator && (!(task is RankingTask) || trained.model.uploadedEmbeddings() != nil)
        embeddings = isUploaded ? try curve(.embeddings) : []
    }

    /// The metric that the table shows: of the full catalogue, or of held-out devices.
    private var shown: (set: String, metric: String) {
        base["full"] == nil
            ? ("devices", base["devices"]?["accuracy"] == nil ? "mse" : "accuracy") : ("full", "ndcg@10")
    }

    /// A table for people.
    var text: String {
        var lines = ["\(model) \(version.prefix(12))", ""]
        let chance = (members["member-tpr-chance"] ?? 0.001).formatted(digits: 4)
        for (name, label) in [
            ("member", "members by loss"), ("member-ratio", "by ratio"), ("member-control", "without the model"),
        ] {
            guard let auc = text("\(name)-auc", of: members), let told = text("\(name)-tpr", of: members) else {
                continue
            }
            lines.append("\(label): AUC \(auc) (chance 0.5), \(told) told at 0.1 % false alarms (chance \(chance))")
        }
        let (set, metric) = shown
        if let value = base[set]?[metric] { lines.append("base: \(metric) \(value.formatted(digits: 4))") }
        lines += weights.map { line("weights", $0) } + embeddings.map { line("embeddings", $0) }
        if let clip = embeddings.lazy.compactMap(\.clip).first {
            lines.append(
                "in an app, embeddings with noise N: configuration.upload = .embeddings, configuration.uploadNoise = .init(clip: "
                    + String(format: "%.6g", clip) + ", noise: N)"
            )
        }
        return lines.joined(separator: "\n")
    }

    private func line(_ what: String, _ level: Level) -> String {
        let (set, metric) = shown
        let quality = level.metrics[set]?[metric].map { "\(metric) \($0.formatted(digits: 4))" }
        let read = text("read-back", of: level.measures).map { share in
            let chance = level.measures["read-back-chance"].map { " (chance \($0.formatted(digits: 3)))" } ?? ""
            return "give back \(share)\(chance)"
        }
        let epsilon = level.measures["epsilon"].map { ", ε \($0.formatted(digits: 1))" } ?? ""
        return "\(what), noise \(level.noise)\(epsilon): \([quality, read].compactMap { $0 }.joined(separator: ", "))"
    }

    /// A value with its interval.
    private func text(_ name: String, of values: [String: Double]) -> String? {
        guard let value = values[name], let low = values["\(name)-low"], let high = values["\(name)-high"] else {
            return nil
        }
        return "\(value.formatted(digits: 3)) [\(low.formatted(digits: 3)), \(high.formatted(digits: 3))]"
    }
}
