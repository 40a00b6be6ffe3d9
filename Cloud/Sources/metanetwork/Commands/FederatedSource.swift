import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkTraining

/// What devices learn together.
enum FederatedKind: String, SettingChoice {
    /// Classes of the rows of a table, whose devices have their own.
    case classification
    /// Classes of images, which are dealt.
    case images
    /// What each user chooses next.
    case ranking
    /// The next character of what each speaker says.
    case text
}

/// The data that `federate` is given, dealt to devices, and what models fit them.
struct FederatedSource {
    /// The name or path that the user gave.
    let name: String
    private let examples: Examples

    fileprivate enum Examples {
        /// With the input that a model of them has.
        case classes(FederatedData, Architecture.Input)
        case choices(FederatedChoices)
    }

    init(_ settings: FederateSettings, _ columns: DataSettings, seed: UInt64, _ progress: ProgressReporter) throws {
        guard let name = settings.data else {
            throw ConfigurationError("'data' is missing: give --data NAME or FILE, or --data synthetic")
        }
        self.name = name
        guard name != "synthetic" else {
            let devices = SyntheticDevices(
                beta: settings.beta,
                conflict: settings.conflict,
                devices: settings.plan.devices
            )
            examples = .vectors(try devices.data(seed: seed))
            return
        }
        let kind = try settings.kind ?? Self.kind(of: name)
        try Self.check(settings.partition, kind)
        switch kind {
        case .classification:
            examples = .vectors(
                try FederatedData(Self.table(name, columns), joinsGroups: settings.partition == Self.groups)
            )
        case .images:
            let images = try ImageSet(contentsOf: DataCatalog.resolve(name, as: .images))
            let partition = try Partition(settings.partition ?? settings.plan.partition)
            examples = .classes(
                try FederatedData(images, partition, devices: settings.plan.devices, seed: seed),
                .image("image", channels: 1, height: images.height, width: images.width)
            )
        case .ranking: examples = .choices(try FederatedChoices(columns.dataset(progress), mayRepeat: false))
        case .text:
            guard columns.split != .globalTime else {
                throw ConfigurationError("speakers share no time that could split their text; use --split last-tenth")
            }
            let log = try SpokenText.read(DataCatalog.resolve(name), fewest: settings.fewestCharacters)
            let dataset = try InteractionDataset(log, kCore: 1, split: columns.split)
            examples = .choices(try FederatedChoices(dataset, mayRepeat: true))
        }
    }

    /// How rows of a table go to devices where a device is not each.
    private static let groups = "groups"

    /// Checks that a partition is one of the data's.
    private static func check(_ partition: String?, _ kind: FederatedKind) throws(ConfigurationError) {
        guard let partition, kind != .images else { return }
        guard kind != .classification || partition != groups else { return }
        throw ConfigurationError(
            kind == .classification
                ? "partition '\(partition)' deals images; rows of a table are their devices' own: leave it out, or use groups, the devices of "
                    + "each group as one"
                : "partition '\(partition)' deals images; what users chose and speakers said is their own: leave it out"
        )
    }

    /// What data of a name are for, where nobody says.
    private static func kind(of name: String) throws -> FederatedKind {
        if DataCatalog.columns(of: name) != nil { return .classification }
        if let entry = DataCatalog.all.first(where: { $0.name == name }) {
            if case .interactions = entry.contents { return .ranking }
            return .images
        }
        let url = URL(fileURLWithPath: name)
        if url.pathExtension == "inter" { return .ranking }
        return try FeatureTable.hasHeader(url) ? .classification : .images
    }

    private static func table(_ name: String, _ columns: DataSettings) throws -> FeatureTable {
        let named = DataCatalog.columns(of: name)
        return try FeatureTable(
            DataCatalog.resolve(name, as: .devices),
            columns: FeatureTable.Columns(
                device: named?.device ?? columns.deviceColumn,
                targets: columns.targetColumns ?? named?.targets ?? ["class"],
                time: named?.time,
                group: columns.groupColumn ?? named?.group,
                features: columns.featureColumns
            ),
            kind: .classification
        )
    }

    /// Who has which examples.
    var data: any DealtExamples {
        switch examples {
        case .classes(let data, _): data
        case .choices(let data): data
        }
    }

    /// How they are dealt and what is held out, in words.
    var split: String {
        switch examples {
        case .classes(let data, _): "\(data.description); each tenth example is held out"
        case .choices(let data): data.description
        }
    }

    /// The model of a name, and what learns it.
    ///
    /// - Throws: ``ConfigurationError`` for another name, or where it does not fit the data.
    func learner(
        _ model: String?,
        _ shipped: ShippedModelSettings
    ) throws -> (graph: ModelGraph, learner: any LocalLearner) {
        switch examples {
        case .classes(let data, let input):
            let graph = try graph(model ?? "mlp-64", data, input)
            return (graph, try DenseLearner(graph, data) ?? NetworkLearner(graph, data))
        case .choices(let data):
            let model = model ?? "gru4rec"
            let isKnown = model.hasSuffix(".json") || Architecture.shippedNames.contains(model)
            guard isKnown, case let architecture = try shipped.architecture(model, nil), architecture.readsItems else {
                throw ConfigurationError(
                    "'\(model)' ranks no items, and '\(name)' is learned by ranking what comes next; use one of "
                        + Architecture.shippedNames.joined(separator: ", ")
                )
            }
            let graph = try ModelGraph(architecture, itemCount: data.dataset.itemCount)
            return (graph, try NetworkLearner(graph, data))
        }
    }

    private func graph(_ model: String, _ data: FederatedData, _ input: Architecture.Input) throws -> ModelGraph {
        let hidden = model.hasPrefix("mlp-") ? Int(model.dropFirst(4)) : nil
        func layers(_ hidden: [Int]) throws -> ModelGraph {
            try ModelGraph(Self.layers(hidden, input, classes: data.classes.count))
        }
        switch model {
        case "linear": return try layers([])
        case _ where hidden.map { (1...65_536).contains($0) } == true: return try layers([hidden ?? 1])
        case "cnn":
            guard let height = input.height, let width = input.width else {
                throw ConfigurationError("cnn reads images, and '\(name)' holds none; use linear or mlp-N")
            }
            return try ModelGraph(.cnn(height: height, width: width, classes: data.classes.count))
        case _ where model.hasSuffix(".json"): return try ModelGraph(ArchitectureSource.file(model))
        case _ where Architecture.shippedNames.contains(model):
            throw ConfigurationError(
                "\(model) ranks items, and '\(name)' holds examples of classes; use linear, mlp-N or cnn, or give --kind ranking"
            )
        default:
            throw ConfigurationError("model '\(model)' is not known; use linear, mlp-N, cnn or the path of one in JSON")
        }
    }

    /// Dense layers one after the other. All are dynamic, so that a device may learn on.
    private static func layers(_ hidden: [Int], _ input: Architecture.Input, classes: Int) -> Architecture {
        var nodes: [Architecture.Node] = []
        var last = input.name
        if input.kind == .image {
            nodes.append(.init("pixels", .flatten, last))
            last = "pixels"
        }
        for (number, units) in hidden.enumerated() {
            nodes.append(.init("hidden \(number + 1)", .dense(units: units, activation: .relu, dynamic: true), last))
            last = "hidden \(number + 1)"
        }
        nodes.append(.init("logits", .dense(units: classes, dynamic: true), last))
        return Architecture(name: hidden.isEmpty ? "linear" : "mlp", inputs: [input], nodes: nodes, output: "logits")
    }

    /// Writes the last model as a bundle.
    func write(
        _ result: FederatedResult,
        _ graph: ModelGraph,
        _ last: FederatedPoint,
        _ record: [String: String],
        to out: URL
    ) throws -> BundleManifest {
        let configuration = TrainingConfiguration(architecture: graph.architecture)
        let model = try JointModel(graph.architecture, generator: nil, itemCount: graph.itemCount, seed: 1)
        try model.network.parameters.assign(result.parameters)
        func write(_ task: some LearningTask) throws -> BundleManifest {
            try ModelBundle.write(
                TrainedModel(configuration, model),
                name: out.lastPathComponent,
                task: task,
                metrics: Self.metrics(result, last),
                settings: record,
                to: out
            )
        }
        switch examples {
        case .classes(let data, _): return try write(EpisodicTask(NoEpisodes(data)))
        case .choices(let data): return try write(RankingTask(data.dataset, negatives: 0))
        }
    }

    private static func metrics(_ result: FederatedResult, _ last: FederatedPoint) -> [String: [String: Double]] {
        var test = last.ranks
        (test["accuracy"], test["logloss"]) = (last.accuracy, last.loss)
        guard let privacy = result.privacy else { return ["test": test] }
        var stated = ["delta": privacy.delta]
        stated["epsilon"] = privacy.epsilon
        return ["test": test, "privacy": stated]
    }
}

extension FederatedSource.Examples {
    fileprivate static func vectors(_ data: FederatedData) -> Self {
        .classes(data, .vector("features", width: data.width))
    }
}

/// Says what the data are, and gives none: devices keep theirs.
private struct NoEpisodes: EpisodeSource {
    let inputCount: Int
    let inputDescription = "examples that stay where they are"
    let featureInputs: [ModelGraph.NamedInput] = []
    let outputs: BundleManifest.Outputs
    let samples = 1
    let digest: String

    init(_ data: FederatedData) {
        (inputCount, digest) = (data.width, data.digest)
        outputs = BundleManifest.Outputs(kind: .classification, names: data.classes)
    }

    func plan(batch: Int, random: inout SeededGenerator) -> [@Sendable (inout SeededGenerator) -> [Episode]] { [] }
    func episodes(_ part: Part) -> [Episode] { [] }
    func trainingInputs(limit: Int) -> [[Float]] { [] }
}
