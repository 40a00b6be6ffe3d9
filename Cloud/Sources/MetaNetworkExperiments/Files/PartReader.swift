import Foundation
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining

/// Reads the parts of one file.
struct PartReader {
    let path: String
    let folder: URL
    let seeds: Int
    let isQuick: Bool
    let claims: [ClaimEntry]
    private var names: [String] = []

    init(path: String, folder: URL, seeds: Int, isQuick: Bool, claims: [ClaimEntry]) throws {
        (self.path, self.folder, self.seeds, self.isQuick) = (path, folder, seeds, isQuick)
        self.claims = claims
        var ids: Set<String> = []
        for entry in claims where !ids.insert(entry.claim.id).inserted {
            throw entry.place.error("two claims have the id '\(entry.claim.id)'; give each its own")
        }
    }

    mutating func part(_ value: YAMLValue) throws -> ExperimentPart {
        let entry = try value.mapping("a part", keys: ["name", "data", "seeds", "settings", "federates", "methods"])
        let name = try Self.name(entry, "part", taken: names)
        names.append(name)
        if let shared = entry["federates"] { return try federated(name, entry, shared) }
        let given = try entry["settings"].map { try settings($0, "the settings", refused: []) } ?? [:]
        let data = try self.data(entry.required("data"))
        let merged = try merged(given, data)
        let methods = try methods(entry.required("methods"), given, merged, data)
        let count = try entry["seeds"]?.integer("'seeds'", in: 1...1000) ?? seeds
        let own = claims.filter { $0.part == name || $0.part == nil }
        try check(own, methods, sets: merged.values(DataSettings.self).task.claimSets(methods[0]))
        return ExperimentPart(
            name: name,
            data: data,
            settings: merged,
            methods: methods,
            seeds: Array(1...UInt64(isQuick ? 1 : count)),
            claims: own.map(\.claim)
        )
    }

    /// Checks, when all parts are known, that every claim is about one of them.
    func finish() throws {
        for entry in claims {
            guard let part = entry.part else {
                guard names.count == 1 else {
                    throw entry.place.error(
                        "claim '\(entry.claim.id)' needs 'part'; parts: \(names.joined(separator: ", "))"
                    )
                }
                continue
            }
            guard names.contains(part) else {
                throw entry.partPlace.error(
                    "there is no part '\(part)'; \(NearestName.hint(part, among: names, plural: "parts"))"
                )
            }
        }
    }

    /// The name of a part or method: of characters that claims and file systems take as they are.
    static func name(_ entry: YAMLMapping, _ kind: String, taken: [String]) throws -> String {
        let place = try entry.required("name")
        let name = try entry.text("name")
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        guard isPlain, !name.hasPrefix(".") else {
            throw place.error("the name '\(name)' must be of letters, digits, '-', '_' and '.', and not begin with '.'")
        }
        guard !taken.contains(name) else {
            throw place.error("two \(kind)s have the name '\(name)'; give each its own")
        }
        return name
    }

    func data(_ value: YAMLValue) throws -> ExperimentData {
        let entry = try value.mapping("'data'", keys: ["name", "sha256", "source"])
        let digest = try entry.optionalText("sha256")
        if let digest, digest.count != 64 || !digest.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) {
            throw try entry.required("sha256").error("'sha256' must be 64 hexadecimal digits in lower case")
        }
        return ExperimentData(
            name: try entry.text("name"),
            sha256: digest,
            source: try entry.optionalText("source"),
            place: place(try entry["sha256"] ?? entry.required("name"))
        )
    }

    private func place(_ value: YAMLValue) -> String { "\(path), line \(value.line)" }

    // MARK: Settings

    /// Reads settings and checks each against its declaration.
    func settings(
        _ value: YAMLValue,
        _ what: String,
        among known: [SettingDeclaration] = ExperimentFile.declarations,
        refused: Set<String>
    ) throws -> [String: String] {
        return try value.entries(what).reduce(into: [:]) { settings, entry in
            guard let declaration = known.first(where: { $0.key == entry.key }) else {
                let hint = NearestName.hint(entry.key, among: known.map(\.key), plural: "settings")
                throw entry.keyPlace.error("there is no setting '\(entry.key)'; \(hint)")
            }
            guard !refused.contains(entry.key) else {
                throw entry.keyPlace.error(
                    "'\(entry.key)' says what the data are, which all methods share; give it in the settings of the part"
                )
            }
            let text = try entry.value.settingText(entry.key)
            guard declaration.value(text) != nil else {
                throw entry.value.error("'\(entry.key)' is '\(text)': \(declaration.remedy)")
            }
            settings[entry.key] = text
        }
    }

    private func merged(_ given: [String: String], _ data: ExperimentData) throws -> MergedSettings {
        var given = given
        given[DataSettings.Settings.data.key] = data.name
        let encoder = GeneratorConfiguration.Settings.encoder.key
        if let name = given[encoder], name.hasSuffix(".json") {
            given[encoder] = folder.appendingPathComponent(name).path
        }
        if isQuick {
            let key = TrainingConfiguration.Settings.epochs.key
            given[key] = "\(min(Self.quickEpochs, given[key].flatMap { Int($0) } ?? Self.quickEpochs))"
            let encoder = GeneratorConfiguration.Settings.encoderEpochs.key
            given[encoder] = given[encoder].map { "\(min(Self.quickEpochs, Int($0) ?? 0))" }
            // Made-up data are too few for a large core.
            given[DataSettings.Settings.kCore.key] = "1"
        }
        var merged = try MergedSettings(
            ExperimentFile.merged,
            flags: given.sorted { $0.key < $1.key }.map { Given(key: $0.key, text: $0.value) },
            environment: [:],
            file: nil
        )
        merged.adjustToTask()
        return merged
    }

    private static let quickEpochs = 2

    // MARK: Methods

    private static let methodKeys = [
        "name", "variant", "model", "role", "label", "settings", "devices", "asks", "keeps", "learns", "anchors",
        "attacks", "on-device", "defers", "adapts",
    ]

    private func methods(
        _ value: YAMLValue,
        _ given: [String: String],
        _ shared: MergedSettings,
        _ data: ExperimentData
    ) throws -> [ExperimentPart.Entry] {
        let task = shared.values(DataSettings.self).task
        var refused = Set(DataSettings.settings.map(\.key))
        // The uploaded samples of episodes are drawn with the data.
        if task != .ranking { refused.insert(GeneratorConfiguration.Settings.window.key) }
        var read: [MethodEntry] = []
        for value in try value.list("'methods'") {
            let entry = try value.mapping("a method", keys: Self.methodKeys)
            let name = try Self.name(entry, "method", taken: read.map(\.name))
            let own = try entry["settings"].map { try settings($0, "the settings", refused: refused) } ?? [:]
            let merged = try merged(given.merging(own) { $1 }, data)
            let model = read.first?.model ?? task.model
            read.append(try MethodEntry(name, entry, value, merged, model: model, isQuick: isQuick))
        }
        try MethodEntry.checkTogether(read, shared.values(DataSettings.self))
        guard read.contains(where: { $0.role == .base }) else {
            throw value.error(
                "one method must have the role base (as variant none has), which others are compared with"
            )
        }
        return try read.map { entry in
            try entry.checked(
                folder: folder,
                bases: read.filter { $0.role == .base },
                data: data,
                task: task
            )
        }
    }

    // MARK: Claims

    func check(_ claims: [ClaimEntry], _ methods: [ExperimentPart.Entry], sets: [String]?) throws {
        let names = ClaimNames(
            methods: methods.map(\.method.name),
            sets: sets,
            metrics: Metric.knownNames
        )
        for entry in claims {
            do {
                try Claim.check([entry.claim], names: names)
            } catch {
                throw entry.place(of: error.side).error(error.description)
            }
        }
    }
}

extension TaskName {
    /// Sets that claims can name; `nil` where groups of the data can be sets.
    ///
    /// - Parameter method: One of the part, whose methods all ask for weights of the same ages or none does.
    fileprivate func claimSets(_ method: ExperimentPart.Entry) -> [String]? {
        if let asking = method.asks {
            return [MeasuredSet.training.name] + asking.ages.flatMap { AskedAnswers.setNames(age: $0) }
        }
        if let learning = method.learns { return [MeasuredSet.training.name] + learning.setNames }
        if method.keeps != nil { return [MeasuredSet.training.name, KeptWeights.setName] }
        return switch self {
        case .ranking:
            ["sampled", "full", "validation", MeasuredSet.training.name]
                + RankingTask.measuredAges.map { "age-\($0)" }
                + (method.settings.values(DataSettings.self).parts == .activity ? Scores.activityParts : [])
        case .images, .classification, .regression, .forecasting: nil
        }
    }
}
