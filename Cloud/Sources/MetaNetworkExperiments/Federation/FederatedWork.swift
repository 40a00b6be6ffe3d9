import MetaNetwork
import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkSettings
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

        /// Features of rows.
        static func vectors(_ data: FederatedData) -> Examples {
            .classes(data, .vector("features", width: data.width))
        }
    }

    /// - Parameters:
    ///   - name: What the user calls the data.
    ///   - model: Name of a model, or the path of one.
    ///   - shipped: Sizes of shipped models.
    /// - Throws: ``ConfigurationError``, or `FederatedError` where the model does not fit the data.
    init(_ name: String, _ examples: Examples, model: String, _ shipped: ShippedModelSettings) throws {
        self.examples = examples
        switch examples {
        case .classes(let data, let input):
            graph = try Self.graph(model, name, data, input)
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
        }
    }

    /// Who has which examples.
    package var data: any DealtExamples {
        switch examples {
        case .classes(let data, _): data
        case .choices(let data): data
        }
    }

    private static func graph(
        _ model: String,
        _ name: String,
        _ data: FederatedData,
        _ input: Architecture.Input
    ) throws -> ModelGraph {
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
        if input.kind == .image { nodes.append(.init("pixels", .flatten, input.name)) }
        for (number, units) in hidden.enumerated() {
            let dense = Architecture.Operation.dense(units: units, activation: .relu, dynamic: true)
            nodes.append(.init("hidden \(number + 1)", dense, nodes.last?.name ?? input.name))
        }
        let logits = Architecture.Operation.dense(units: classes, dynamic: true)
        nodes.append(.init("logits", logits, nodes.last?.name ?? input.name))
        return Architecture(name: hidden.isEmpty ? "linear" : "mlp", inputs: [input], nodes: nodes, output: "logits")
    }
}
