import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated

/// The data that `federate` is given, dealt to devices, and what models fit them.
struct FederatedSource {
    /// The name or path that the user gave.
    let name: String
    let data: FederatedData
    /// The input that a model of these data has.
    private let input: Architecture.Input

    init(_ settings: FederateSettings, _ columns: DataSettings, seed: UInt64) throws {
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
            data = try devices.data(seed: seed)
            input = .vector("features", width: data.width)
            return
        }
        let named = DataCatalog.columns(of: name)
        if try named != nil || FeatureTable.hasHeader(URL(fileURLWithPath: name)) {
            let url = try DataCatalog.resolve(name, as: .devices)
            let table = FeatureTable.Columns(
                device: named?.device ?? columns.deviceColumn,
                targets: columns.targetColumns ?? named?.targets ?? ["class"],
                time: named?.time,
                group: named?.group,
                features: columns.featureColumns
            )
            data = try FederatedData(FeatureTable(url, columns: table, kind: .classification))
            input = .vector("features", width: data.width)
        } else {
            let images = try ImageSet(contentsOf: DataCatalog.resolve(name, as: .images))
            let partition = try Partition(settings.plan.partition)
            data = try FederatedData(images, partition, devices: settings.plan.devices, seed: seed)
            input = .image("image", channels: 1, height: images.height, width: images.width)
        }
    }

    /// The model of a name.
    ///
    /// - Throws: ``ConfigurationError`` for another name, or where it does not fit the data.
    func graph(_ model: String) throws -> ModelGraph {
        let hidden = model.hasPrefix("mlp-") ? Int(model.dropFirst(4)) : nil
        switch model {
        case "linear": return try ModelGraph(layers([]))
        case _ where hidden.map { (1...65_536).contains($0) } == true: return try ModelGraph(layers([hidden ?? 1]))
        case "cnn":
            guard let height = input.height, let width = input.width else {
                throw ConfigurationError("cnn reads images, and '\(name)' holds none; use linear or mlp-N")
            }
            return try ModelGraph(.cnn(height: height, width: width, classes: data.classes.count))
        case _ where model.hasSuffix(".json"): return try ModelGraph(ArchitectureSource.file(model))
        default:
            throw ConfigurationError("model '\(model)' is not known; use linear, mlp-N, cnn or the path of one in JSON")
        }
    }

    /// Dense layers one after the other. All are dynamic, so that a device may learn on.
    private func layers(_ hidden: [Int]) -> Architecture {
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
        nodes.append(.init("logits", .dense(units: data.classes.count, dynamic: true), last))
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
        let bundle = FederatedBundle(
            architecture: graph.architecture,
            outputs: BundleManifest.Outputs(kind: .classification, names: data.classes),
            parameters: result.parameters
        )
        return try bundle.write(
            name: out.lastPathComponent,
            digest: data.digest,
            metrics: ["test": ["accuracy": last.accuracy, "logloss": last.loss]],
            settings: record,
            to: out
        )
    }
}
