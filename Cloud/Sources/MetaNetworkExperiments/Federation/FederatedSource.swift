import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkModels

/// The data that devices learn from, before they are dealt, and the models that fit them.
package struct FederatedSource {
    /// The name or path that the user gave.
    private let name: String
    let contents: Contents

    enum Contents {
        case made
        case table(FeatureTable)
        case images(ImageSet)
        case series(URL)
    }

    /// The settings of columns that a table reads.
    package static let columns = [
        DataSettings.Settings.deviceColumn.declaration, DataSettings.Settings.targetColumns.declaration,
        DataSettings.Settings.featureColumns.declaration,
    ]

    /// Name of the devices that are made up.
    package static let madeUp = "synthetic"

    /// Name of the set that methods are measured on.
    package static let measuredSet = "test"

    /// Reads the data.
    ///
    /// - Parameters:
    ///   - settings: Their name or path.
    ///   - columns: The columns of a table that is no named data set.
    /// - Throws: ``ConfigurationError`` where nobody named any; an error of the data.
    package init(_ settings: FederateSettings, _ columns: DataSettings) throws {
        guard let name = settings.data else {
            throw ConfigurationError("'data' is missing: give --data NAME or FILE, or --data \(Self.madeUp)")
        }
        self.name = name
        let named = DataCatalog.columns(of: name)
        if name == Self.madeUp {
            contents = .made
        } else if settings.coding.series.ahead > 0 {
            contents = .series(try DataCatalog.resolve(name))
        } else if try named != nil || FeatureTable.hasHeader(URL(fileURLWithPath: name)) {
            let url = try DataCatalog.resolve(name, as: .devices)
            let table = FeatureTable.Columns(
                device: named?.device ?? columns.deviceColumn,
                targets: columns.targetColumns ?? named?.targets ?? ["class"],
                time: named?.time,
                group: named?.group,
                features: columns.featureColumns
            )
            contents = .table(try FeatureTable(url, columns: table, kind: .classification))
        } else {
            contents = .images(try ImageSet(contentsOf: DataCatalog.resolve(name, as: .images)))
        }
    }

    /// Deals the data to devices.
    ///
    /// - Parameters:
    ///   - settings: How.
    ///   - seed: Seed of the dealing, and of devices that are made up.
    package func data(_ settings: FederateSettings, seed: UInt64) throws -> FederatedData {
        switch contents {
        case .made:
            let devices = SyntheticDevices(
                beta: settings.beta,
                conflict: settings.conflict,
                devices: settings.plan.devices
            )
            return try devices.data(seed: seed)
        case .table(let table): return try FederatedData(table)
        case .images(let images):
            return try FederatedData(
                images,
                Partition(settings.plan.partition),
                devices: settings.plan.devices,
                atMost: settings.examples > 0 ? settings.examples : .max,
                seed: seed
            )
        case .series:
            throw ConfigurationError(
                "'\(name)' are series, which methods that share rows foresee; take coded or one of its controls, or leave out --ahead"
            )
        }
    }

    /// SHA-256 of the data as a method has them, in hexadecimal.
    package func digest(_ settings: FederateSettings, seed: UInt64) throws -> String {
        settings.plan.method.sharesRows
            ? try regression(settings, seed: seed).digest : try data(settings, seed: seed).digest
    }

    /// The model of a name.
    ///
    /// - Throws: ``ConfigurationError`` for another name, or where it does not fit the data.
    package func graph(_ model: String, _ data: FederatedData) throws -> ModelGraph {
        let hidden = model.hasPrefix("mlp-") ? Int(model.dropFirst(4)) : nil
        switch model {
        case "linear": return try ModelGraph(layers([], data))
        case _ where hidden.map { (1...65_536).contains($0) } == true:
            return try ModelGraph(layers([hidden ?? 1], data))
        case "cnn":
            guard case .images(let images) = contents else {
                throw ConfigurationError("cnn reads images, and '\(name)' holds none; use linear or mlp-N")
            }
            return try ModelGraph(.cnn(height: images.height, width: images.width, classes: data.classes.count))
        case _ where model.hasSuffix(".json"): return try ModelGraph(ArchitectureSource.file(model))
        default:
            throw ConfigurationError("model '\(model)' is not known; use linear, mlp-N, cnn or the path of one in JSON")
        }
    }

    /// What devices learn a model with.
    ///
    /// - Throws: ``ConfigurationError``, or `FederatedError` where the model does not fit the data.
    package func learner(_ model: String, _ data: FederatedData) throws -> any LocalLearner {
        let graph = try graph(model, data)
        return try DenseLearner(graph, data) ?? NetworkLearner(graph, data)
    }

    /// Dense layers one after the other. All are dynamic, so that a device may learn on.
    private func layers(_ hidden: [Int], _ data: FederatedData) -> Architecture {
        var nodes: [Architecture.Node] = []
        var input = Architecture.Input.vector("features", width: data.width)
        if case .images(let images) = contents {
            input = .image("image", channels: 1, height: images.height, width: images.width)
            nodes.append(.init("pixels", .flatten, input.name))
        }
        for (number, units) in hidden.enumerated() {
            let dense = Architecture.Operation.dense(units: units, activation: .relu, dynamic: true)
            nodes.append(.init("hidden \(number + 1)", dense, nodes.last?.name ?? input.name))
        }
        let logits = Architecture.Operation.dense(units: data.classes.count, dynamic: true)
        nodes.append(.init("logits", logits, nodes.last?.name ?? input.name))
        return Architecture(name: hidden.isEmpty ? "linear" : "mlp", inputs: [input], nodes: nodes, output: "logits")
    }
}
