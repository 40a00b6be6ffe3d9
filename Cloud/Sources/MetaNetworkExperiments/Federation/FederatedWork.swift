import MetaNetwork
import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkTraining

/// Data that are dealt to devices, and the model that they learn.
package struct FederatedWork {
    /// The examples.
    package let examples: Examples
    /// The model.
    package let graph: ModelGraph
    /// What learns it.
    package let learner: any LocalLearner

    /// What devices have.
    package enum Examples {
        /// Examples of classes, with the input that a model of them has.
        case classes(FederatedData, Architecture.Input)
        /// What users chose.
        case choices(FederatedChoices)
        /// Windows of series.
        case series(FederatedSeries)

        /// Features of rows.
        static func vectors(_ data: FederatedData) -> Examples {
            .classes(data, .vector("features", width: data.width))
        }
    }

    /// - Parameters:
    ///   - name: What the user calls the data.
    ///   - settings: The method, and the name or path of the model.
    ///   - shipped: Sizes of shipped models.
    /// - Throws: ``ConfigurationError``, or `FederatedError` where the model does not fit the data.
    init(_ name: String, _ examples: Examples, _ settings: FederateSettings, _ shipped: ShippedModelSettings) throws {
        let model = FederatedSource.model(of: settings)
        self.examples = examples
        switch examples {
        case .classes(let data, let input):
            graph = try Self.graph(model, name, input, Output(name: "logits", width: data.classes.count))
            learner = try DenseLearner(graph, data) ?? NetworkLearner(graph, data)
        case .choices(let data):
            let isKnown = model.hasSuffix(".json") || Architecture.shippedNames.contains(model)
            guard isKnown, case let architecture = try shipped.architecture(model, nil), architecture.readsItems else {
                throw ConfigurationError(
                    "'\(model)' ranks no items, and '\(name)' is learned by ranking what comes next; use one of "
                        + Architecture.shippedNames.joined(separator: ", ")
                )
            }
            graph = try ModelGraph(architecture, itemCount: data.dataset.itemCount)
            learner = try NetworkLearner(graph, data)
        case .series(let data):
            let input = Architecture.Input.vector("window", width: data.window)
            graph = try Self.graph(model, name, input, Output(name: "forecast", width: data.horizon))
            learner = try Self.learner(settings, graph, data)
        }
    }

    /// What learns to forecast series, or does without by the settings' method.
    private static func learner(
        _ settings: FederateSettings,
        _ graph: ModelGraph,
        _ data: FederatedSeries
    ) throws -> any LocalLearner {
        let method = settings.plan.method
        if let rule = method.rule(season: settings.season) { return try NaiveLearner(data, rule) }
        guard let chain = try SeriesLearner(graph, data) else {
            guard method != .alone else {
                throw ConfigurationError(
                    "with 'alone' each device has a model of its own, of dense layers alone; use linear, mlp-N or such a model"
                )
            }
            return try NetworkLearner(graph, data)
        }
        return method == .alone ? AloneLearner(chain) : chain
    }

    /// What a model gives.
    private struct Output {
        let name: String
        let width: Int
    }

    /// Who has which examples.
    package var data: any DealtExamples {
        switch examples {
        case .classes(let data, _): data
        case .choices(let data): data
        case .series(let data): data
        }
    }

    private static func graph(
        _ model: String,
        _ name: String,
        _ input: Architecture.Input,
        _ output: Output
    ) throws -> ModelGraph {
        let hidden = model.hasPrefix("mlp-") ? Int(model.dropFirst(4)) : nil
        func layers(_ hidden: [Int]) throws -> ModelGraph {
            try ModelGraph(Self.layers(hidden, input, output))
        }
        switch model {
        case "linear": return try layers([])
        case _ where hidden.map { (1...65_536).contains($0) } == true: return try layers([hidden ?? 1])
        case "cnn":
            guard let height = input.height, let width = input.width else {
                throw ConfigurationError("cnn reads images, and '\(name)' holds none; use linear or mlp-N")
            }
            return try ModelGraph(.cnn(height: height, width: width, classes: output.width))
        case _ where model.hasSuffix(".json"): return try ModelGraph(ArchitectureSource.file(model))
        case _ where Architecture.shippedNames.contains(model):
            throw ConfigurationError(
                "\(model) ranks items, and '\(name)' holds none; use linear or mlp-N, cnn for images, or give --kind ranking"
            )
        default:
            throw ConfigurationError("model '\(model)' is not known; use linear, mlp-N, cnn or the path of one in JSON")
        }
    }

    /// Dense layers one after the other. All are dynamic, so that a device may learn on.
    private static func layers(_ hidden: [Int], _ input: Architecture.Input, _ output: Output) -> Architecture {
        var nodes: [Architecture.Node] = []
        if input.kind == .image { nodes.append(.init("pixels", .flatten, input.name)) }
        for (number, units) in hidden.enumerated() {
            let dense = Architecture.Operation.dense(units: units, activation: .relu, dynamic: true)
            nodes.append(.init("hidden \(number + 1)", dense, nodes.last?.name ?? input.name))
        }
        let last = Architecture.Operation.dense(units: output.width, dynamic: true)
        nodes.append(.init(output.name, last, nodes.last?.name ?? input.name))
        return Architecture(name: hidden.isEmpty ? "linear" : "mlp", inputs: [input], nodes: nodes, output: output.name)
    }
}
