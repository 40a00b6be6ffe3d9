import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkPNG
import MetaNetworkSettings
import MetaNetworkTraining

/// What devices learn together.
package enum FederatedKind: String, SettingChoice {
    /// Classes of the rows of a table, whose devices have their own.
    case classification
    /// Classes of images, which are dealt.
    case images
    /// What each user chooses next.
    case ranking
    /// The next character of what each speaker says.
    case text
    /// What follows in each series.
    case series

    /// The model that is usual.
    var model: String {
        switch self {
        case .ranking, .text: "gru4rec"
        case .classification, .images: "mlp-64"
        case .series: "linear"
        }
    }
}

/// The data that devices learn from, before they are dealt.
package struct FederatedSource {
    /// The name or path that the user gave.
    private let name: String
    let contents: Contents
    private let shipped: ShippedModelSettings

    enum Contents {
        case made
        case table(FeatureTable)
        case images(ImageSet)
        case choices(FederatedChoices)
        case series(URL)
        case forecasts(FederatedSeries)
    }

    /// The settings beside ``FederateSettings`` that it reads: columns and splits, and the sizes of shipped models.
    package static let declarations =
        [
            DataSettings.Settings.deviceColumn, DataSettings.Settings.targetColumns,
            DataSettings.Settings.featureColumns, DataSettings.Settings.groupColumn, DataSettings.Settings.kCore,
            DataSettings.Settings.split, DataSettings.Settings.stride,
        ].map(\.declaration)
        + DataSettings.columns.map(\.declaration)
        + [
            ShippedModelSettings.Settings.width, ShippedModelSettings.Settings.window,
            ShippedModelSettings.Settings.dropout,
        ].map(\.declaration)

    /// Name of the devices that are made up.
    package static let madeUp = "synthetic"

    /// Name of the set that methods are measured on.
    package static let measuredSet = "test"

    /// Reads the data.
    ///
    /// - Parameters:
    ///   - merged: ``FederateSettings`` and ``declarations``.
    ///   - interactions: Reads the interactions that the settings name.
    /// - Throws: ``ConfigurationError`` where nobody named any; an error of the data.
    package init(_ merged: MergedSettings, interactions: (DataSettings) throws -> InteractionDataset) throws {
        let settings: FederateSettings = merged.values()
        let columns: DataSettings = merged.values()
        guard let name = settings.data else {
            throw ConfigurationError("'data' is missing: give --data NAME or FILE, or --data \(Self.madeUp)")
        }
        (self.name, shipped) = (name, merged.values())
        guard name != Self.madeUp else {
            contents = .made
            return
        }
        guard settings.coding.series.ahead == 0 else {
            contents = .series(try DataCatalog.resolve(name))
            return
        }
        let kind = try settings.kind ?? Self.kind(of: name)
        try Self.check(settings.partition, kind)
        switch kind {
        case .classification: contents = .table(try Self.table(name, columns))
        case .images: contents = .images(try ImageSet(contentsOf: DataCatalog.resolve(name, as: .images)))
        case .ranking: contents = .choices(try FederatedChoices(interactions(columns), mayRepeat: false))
        case .text:
            guard columns.split != .globalTime else {
                throw ConfigurationError("speakers share no time that could split their text; use --split last-tenth")
            }
            let log = try SpokenText.read(DataCatalog.resolve(name), fewest: settings.fewestCharacters)
            let dataset = try InteractionDataset(log, kCore: 1, split: columns.split)
            contents = .choices(try FederatedChoices(dataset, mayRepeat: true))
        case .series: contents = .forecasts(try Self.forecasts(name, columns, shipped, settings.horizon))
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
                : "partition '\(partition)' deals images; what users chose, speakers said and series hold is their own: leave it out"
        )
    }

    /// The model of some settings: the one that they name, or what is usual of their data.
    package static func model(of settings: FederateSettings) -> String {
        settings.model ?? kind(of: settings, named: settings.data ?? madeUp).model
    }

    /// What devices learn by some settings, of data of this name.
    static func kind(of settings: FederateSettings, named name: String) -> FederatedKind {
        settings.kind ?? (name == madeUp ? nil : try? kind(of: name)) ?? .images
    }

    /// What data of a name are for, where nobody says.
    private static func kind(of name: String) throws -> FederatedKind {
        if DataCatalog.columns(of: name) != nil { return .classification }
        if let entry = DataCatalog.all.first(where: { $0.name == name }) {
            switch entry.contents {
            case .interactions: return .ranking
            case .series: return .series
            case .devices: return .classification
            case .images: return .images
            }
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

    private static func forecasts(
        _ name: String,
        _ columns: DataSettings,
        _ shipped: ShippedModelSettings,
        _ horizon: Int
    ) throws -> FederatedSeries {
        let url = try DataCatalog.resolve(name, as: .series)
        let own = SeriesTable.Columns(
            series: try SeriesTable.has(columns.deviceColumn, url) ? columns.deviceColumn : nil,
            time: columns.timeColumn,
            values: columns.targetColumns ?? []
        )
        let window = shipped.options.window
        return FederatedSeries(
            try SeriesEpisodes(
                SeriesTable(url, columns: own),
                window: window,
                inputs: [.columns(window, rows: 1)],
                horizon: horizon,
                stride: columns.stride ?? 1,
                samples: 1
            )
        )
    }

    /// Deals the data to devices. What a user or a speaker has is their own whatever the seed.
    ///
    /// - Parameters:
    ///   - settings: How.
    ///   - seed: Seed of the dealing, and of devices that are made up.
    package func dealt(_ settings: FederateSettings, seed: UInt64) throws -> FederatedWork {
        let examples: FederatedWork.Examples
        switch contents {
        case .made:
            let devices = SyntheticDevices(
                beta: settings.beta,
                conflict: settings.conflict,
                devices: settings.plan.devices
            )
            examples = .vectors(try devices.data(seed: seed))
        case .table(let table):
            examples = .vectors(try FederatedData(table, joinsGroups: settings.partition == Self.groups))
        case .images(let images):
            examples = .classes(
                try FederatedData(
                    images,
                    settings.dealing(),
                    devices: settings.plan.devices,
                    atMost: settings.examples > 0 ? settings.examples : .max,
                    seed: seed
                ),
                .image("image", channels: 1, height: images.height, width: images.width)
            )
        case .choices(let choices): examples = .choices(choices)
        case .forecasts(let series): examples = .series(series)
        case .series:
            throw ConfigurationError(
                "'\(name)' are series, which methods that share rows foresee; take coded or one of its controls, or leave out --ahead"
            )
        }
        return try FederatedWork(name, examples, settings, shipped)
    }

    /// SHA-256 of the data as a method has them, in hexadecimal.
    package func digest(_ settings: FederateSettings, seed: UInt64) throws -> String {
        let method = settings.plan.method
        if method.sharesRows { return try regression(settings, seed: seed).digest }
        if method.generates { return try generated(settings, seed: seed).examples.digest }
        return try dealt(settings, seed: seed).data.digest
    }
}
