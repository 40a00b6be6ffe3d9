import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining

/// Small made-up data of the kind that a part reads, so that an experiment can be tried where its data are not.
package struct StandIn {
    private let part: ExperimentPart
    private let data: DataSettings

    private static let users = 24
    private static let interactions = 25
    private static let items = 160
    private static let devices = 24
    private static let groups = 6
    /// Lines of a series.
    private static let lines = 120
    /// Groups where a device changes its wearer: two at least in each of five folds.
    private static let wearers = 12
    private static let images = 400
    /// Height and width of images where every model takes any: the smallest that the shipped CNN is at ease with.
    private static let side = 14
    private static let imageClasses = 10

    package init(_ part: ExperimentPart) {
        self.part = part
        data = part.settings.values()
    }

    /// Writes the data.
    ///
    /// - Parameter folder: Receives the file.
    /// - Returns: Its path; the name of devices that are made up anyway.
    /// - Throws: ``MetaNetworkData/FileError``, or an error of a model that says how wide the rows are.
    package func write(to folder: URL) throws -> String {
        if part.data.name == FederatedSource.madeUp { return part.data.name }
        let text = part.isFederated ? try federated() : try gathered()
        let file = folder.appendingPathComponent("\(part.name).csv")
        try AtomicFile.write(Data(text.utf8), to: file)
        return file.path
    }

    private func gathered() throws -> String {
        switch data.task {
        case .ranking: interactions
        case .images: try images()
        case .classification, .regression: try table()
        case .forecasting: try series()
        }
    }

    /// Of devices that learn together, whose models take what there is.
    private func federated() throws -> String {
        if isOfSeries { return waves }
        return switch FederatedSource.kind(of: part.settings.values(), named: part.data.name) {
        case .ranking: interactions
        case .images: try images()
        case .text: speech
        case .classification: rows
        case .series: forecasts
        }
    }

    /// Speakers who say few words again and again.
    private var speech: String {
        let fewest = part.settings.values(FederateSettings.self).fewestCharacters
        let words = ["to be or not ", "so say we all "]
        return (0..<Self.devices)
            .map { speaker in
                let said = words[speaker % words.count]
                return "SPEAKER \(speaker):\n\(String(repeating: said, count: fewest / said.count + 1))\n"
            }
            .joined(separator: "\n")
    }

    /// Rows of devices in the columns of a named table, or of the settings, with a class that two features tell.
    private var rows: String {
        let columns = DataCatalog.columns(of: part.data.name)
        let others = [columns?.time, columns?.group].compactMap(\.self)
        let target = (columns?.targets ?? data.targetColumns ?? ["class"])[0]
        let header = [columns?.device ?? data.deviceColumn] + others + ["f0", "f1", target]
        let lines = (0..<Self.devices).flatMap { device in
            (0..<Self.interactions).map { row in
                let label = (row + device) % 3
                return ["d\(device)"] + others.map { _ in "\(row)" } + ["\(label)", "\(label * label)", "\(label)"]
            }
        }
        return Self.text([header] + lines)
    }

    private var isOfSeries: Bool { part.methods.contains { $0.federates.map { $0.coding.series.ahead > 0 } == true } }

    /// A wave a device, each a little later than the one before.
    private var waves: String {
        let lines = (0..<Self.lines).map { line in
            (0..<Self.devices).map { "\(sin(Double(line + $0) / 5))" }
        }
        return Self.text([(0..<Self.devices).map { "d\($0)" }] + lines)
    }

    /// Series to be forecast, long enough for windows in each part of time.
    private var forecasts: String {
        let window = part.settings.values(ShippedModelSettings.self).options.window
        let length = 10 * (window + part.settings.values(FederateSettings.self).horizon)
        return sines(Self.devices, length: length)
    }

    /// Users who go through the items at steps of their own.
    private var interactions: String {
        let hasEvents = data.eventContext.contains(where: \.isOfEvents)
        let columns = [data.userColumn ?? "user", data.itemColumn ?? "item", data.timeColumn ?? "time"]
        var lines = [columns + (hasEvents ? [data.eventColumn ?? "event"] : [])]
        for step in 0..<Self.interactions {
            for user in 0..<Self.users {
                let item = (user * 7 + step * (1 + user % 3)) % Self.items
                let event = hasEvents ? [step % 3 == 0 ? "buy" : "view"] : []
                lines.append(["u\(user)", "i\(item)", "\(step * Self.users + user)"] + event)
            }
        }
        return Self.text(lines)
    }

    /// Images each with a bright bar whose place is the class, of the size that a model in a file asks for.
    private func images() throws -> String {
        let model = try part.methods.map(\.model).first { $0.hasSuffix(".json") }.map {
            try ArchitectureSource.file($0)
        }
        let side = model?.inputs.lazy.compactMap(\.height).first ?? Self.side
        let classes = try model.map { try ModelGraph($0, itemCount: 0).outputWidth } ?? Self.imageClasses
        return Self.text(
            (0..<Self.images).map { image in
                let label = image % classes
                let pixels = (0..<side * side).map { pixel in
                    (pixel / side + image / classes % 3) % classes == label ? "255" : "0"
                }
                return pixels + ["\(label)"]
            }
        )
    }

    /// Rows of devices, as wide as the input of the model that reads most, and with as many classes or values as its output.
    private func table() throws -> String {
        let model = part.methods[0].defers.map(\.cloud) ?? part.methods[0].model
        let architecture = try LearningSettings(part.settings).configuration(model: model).architecture
        let graph = try ModelGraph(architecture, itemCount: 0)
        let width = graph.inputs.filter { $0.tokens == nil }.reduce(0) { $0 + $1.columnCount }
        let tokens = graph.inputs.filter { $0.tokens != nil }
        let window = graph.window
        let features = data.featureColumns.isEmpty ? (0..<width).map { "f\($0)" } : data.featureColumns
        let targets = data.targetColumns ?? [data.task.targetColumn].compactMap(\.self)
        let samples = part.settings.values(GeneratorConfiguration.self).window
        let stride = data.stride ?? max(1, window / 2)
        let isWorn = part.methods.contains { $0.asks != nil || $0.keeps != nil }
        let groups = isWorn ? Self.wearers : Self.groups
        let rows = window + max(2 * (samples + 1), isWorn ? WearerStream.stay : 0) * stride
        let columns = self.columns(besides: features + targets)
        var lines = [columns + features + tokens.map(\.name) + targets]
        for device in 0..<Self.devices {
            for row in 0..<rows {
                let known = columns.map { column in
                    switch column {
                    case data.deviceColumn: "d\(device)"
                    case data.timeColumn: "\(row)"
                    default: "g\(device % groups)"
                    }
                }
                let label = (row + device) % graph.outputWidth
                let values = features.indices.map { "\(label + ($0 + device) % 5)" }
                let words = tokens.map { input in input.tokens.map { $0[row % $0.count] } ?? "" }
                lines.append(known + values + words + targets.map { _ in "\(label)" })
            }
        }
        return Self.text(lines)
    }

    /// Waves of several lengths, long enough for windows of the model in each part of time.
    private func series() throws -> String {
        let architecture = try LearningSettings(part.settings).configuration(model: part.methods[0].model).architecture
        let graph = try ModelGraph(architecture, itemCount: 0)
        return sines(Self.groups, length: 10 * (graph.inputCount + graph.outputWidth))
    }

    /// Series of several periods, a row each value.
    private func sines(_ count: Int, length: Int) -> String {
        let names = [data.deviceColumn] + [data.timeColumn].compactMap(\.self) + [data.targetColumns?.first ?? "value"]
        let rows = (0..<count).flatMap { series in
            (0..<length).map { step in
                ["s\(series)"] + [data.timeColumn].compactMap(\.self).map { _ in "\(step)" }
                    + ["\(sin(Double(step) / Double(series + 2)))"]
            }
        }
        return Self.text([names] + rows)
    }

    /// Every column that a setting names and that is neither a feature nor a target.
    private func columns(besides others: [String]) -> [String] {
        let ending = "-column"
        let named = part.settings.record().filter { $0.key.hasSuffix(ending) }
        let unread = DataSettings.unread(by: data.task)
        let users = [DataSettings.Settings.userColumn.key, DataSettings.Settings.itemColumn.key]
        return named.filter { !unread.contains($0.key) && !users.contains($0.key) && !others.contains($0.value) }
            .sorted { $0.key < $1.key }.map(\.value)
    }

    private static func text(_ lines: [[String]]) -> String {
        lines.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
    }
}
