import Crypto
import Foundation
import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkSettings

/// Parts whose devices learn together without gathering their data: `federates` has the settings that all methods share, that of a method
/// its own.
extension PartReader {
    /// What is tried where an experiment is only tried.
    private static let quick = [
        "rounds": 2, "updates": 20, "devices": 10, "at-once": 10, "local-epochs": 1, "part-channels": 4,
        "min-characters": 500,
    ]

    /// What the data are made of: the same for all methods of a part.
    private static let shared: Set = [
        FederateSettings.Settings.devices.key, FederateSettings.Settings.examples.key,
        FederateSettings.Settings.partition.key, FederateSettings.Settings.beta.key,
        FederateSettings.Settings.conflict.key, FederateSettings.Settings.kind.key,
        FederateSettings.Settings.fewestCharacters.key, FederateSettings.Settings.clients.key,
        FederateSettings.Settings.graph.key,
        FederateSettings.Settings.kernel.key, FederateSettings.Settings.ahead.key, FederateSettings.Settings.lags.key,
        FederateSettings.Settings.neighbours.key, FederateSettings.Settings.period.key,
        FederateSettings.Settings.arrivals.key, FederateSettings.Settings.drift.key,
        FederateSettings.Settings.horizon.key,
    ]

    private static let columns = Set(FederatedSource.declarations.map(\.key))

    /// What has no meaning in an experiment.
    private static let unset: Set = [FederateSettings.Settings.data.key, FederateSettings.Settings.out.key]

    private static let declarations = FederateSettings.declarations + FederatedSource.declarations

    func federated(_ name: String, _ entry: YAMLMapping, _ shared: YAMLValue) throws -> ExperimentPart {
        if let other = entry["settings"] {
            throw other.error("a part has 'settings' or 'federates'; write these into 'federates'")
        }
        let known = Self.declarations
        let given = try settings(shared, "'federates'", among: known, refused: Self.unset)
        let data = try self.data(entry.required("data"))
        let list = try entry.required("methods")
        var methods: [ExperimentPart.Entry] = []
        for value in try list.list("'methods'") {
            let entry = try value.mapping("a method that federates", keys: ["name", "role", "label", "federates"])
            let name = try Self.name(entry, "method", taken: methods.map(\.method.name))
            let own = try entry["federates"].map {
                try settings(
                    $0,
                    "'federates'",
                    among: known,
                    refused: Self.unset.union(Self.shared).union(Self.columns)
                )
            }
            let merged = try merged(given.merging(own ?? [:]) { $1 }, data)
            methods.append(try method(name, entry, merged, data))
        }
        guard methods.contains(where: { $0.method.role == .base }) else {
            throw list.error("one method must have the role base, which others are compared with")
        }
        let count = try entry["seeds"]?.integer("'seeds'", in: 1...1000) ?? seeds
        let own = claims.filter { $0.part == name || $0.part == nil }
        try check(own, methods, sets: [FederatedSource.measuredSet, MeasuredSet.training.name])
        return ExperimentPart(
            name: name,
            data: data,
            settings: try merged(given, data),
            methods: methods,
            seeds: Array(1...UInt64(isQuick ? 1 : count)),
            claims: own.map(\.claim)
        )
    }

    private func merged(_ given: [String: String], _ data: ExperimentData) throws -> MergedSettings {
        var given = given
        given[FederateSettings.Settings.data.key] = data.name
        if isQuick {
            for (key, most) in Self.quick {
                given[key] = given[key].map { "\(min(most, Int($0) ?? most))" } ?? "\(most)"
            }
            // Rounds alone say how long methods go on that make no model.
            let method = given[FederateSettings.Settings.method.key].flatMap(FederatedPlan.MethodName.init)
            if method?.makesModel == false { given[FederateSettings.Settings.updates.key] = nil }
            // The file of links is of the devices that are not there.
            given[FederateSettings.Settings.graph.key] = FederateSettings.defaults.coding.graph
            given[FederateSettings.Settings.period.key] = "0"
        }
        var merged = try MergedSettings(
            Self.declarations,
            flags: given.sorted { $0.key < $1.key }.map { Given(key: $0.key, text: $0.value) },
            environment: [:],
            file: nil
        )
        merged.assumeSeriesColumns(of: data.name)
        return merged
    }

    private func method(
        _ name: String,
        _ entry: YAMLMapping,
        _ merged: MergedSettings,
        _ data: ExperimentData
    ) throws -> ExperimentPart.Entry {
        var settings = merged.values(FederateSettings.self)
        // Of a method that generates images the parts are the model.
        let isSplit = settings.plan.method.generates
        let model = isSplit ? settings.splitting.kind.rawValue : FederatedSource.model(of: settings)
        var recorded = model
        if model.hasSuffix(".json") {
            settings.model = folder.appendingPathComponent(model).path
            let digest = SHA256.hash(data: try AtomicFile.read(folder.appendingPathComponent(model)))
            recorded += " \(digest.hexadecimal)"
        }
        var record = merged.record()
        record[FederateSettings.Settings.model.key] = nil
        return ExperimentPart.Entry(
            method: Method(
                name: name,
                label: try entry.optionalText("label") ?? settings.plan.method.rawValue,
                role: try entry.role() ?? .method
            ),
            variant: .none,
            model: settings.model ?? model,
            group: model,
            settings: merged,
            federates: settings,
            key: RecordKey(
                data: data.sha256 ?? "unknown",
                variant: settings.plan.method.rawValue,
                model: recorded,
                settings: record,
                draws: PairedBootstrap().draws
            )
        )
    }
}
