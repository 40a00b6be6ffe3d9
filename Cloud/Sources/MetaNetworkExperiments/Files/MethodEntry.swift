import Crypto
import Foundation
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining

/// A method as it stands in the file.
struct MethodEntry {
    let name: String
    let label: String
    let role: Method.Role
    let variant: ComparisonVariant
    let model: String
    let settings: MergedSettings
    let devices: DeviceLife?
    let asks: Asking?
    let keeps: Keeping?
    let learns: Learning?
    let anchors: Anchoring?
    let attacks: Attacking?
    let onDevice: OnDevice?
    let defers: Deferring?
    let adapts: Adapting?
    let place: YAMLValue
    let modelPlace: YAMLValue

    /// - Parameters:
    ///   - shared: The model where the method names none: the first method's, or the task's.
    ///   - isQuick: Whether the experiment is only tried.
    init(
        _ name: String,
        _ entry: YAMLMapping,
        _ place: YAMLValue,
        _ settings: MergedSettings,
        model shared: String?,
        isQuick: Bool
    ) throws {
        let text = try entry.text("variant")
        guard let variant = ComparisonVariant(rawValue: text) else {
            let hint = NearestName.hint(text, among: ComparisonVariant.allCases.map(\.rawValue), plural: "variants")
            throw try entry.required("variant").error("there is no variant '\(text)'; \(hint)")
        }
        let role = try entry.role()
        guard let model = try entry.optionalText("model") ?? shared else {
            throw place.error("method '\(name)' needs 'model': the path of an architecture in JSON, beside this file")
        }
        self.name = name
        label = try entry.optionalText("label") ?? variant.method.label
        self.role = role ?? variant.method.role
        devices = try entry["devices"].map { try DeviceLife($0, variant) }
        asks = try entry["asks"].map { try Asking($0, variant) }
        keeps = try entry["keeps"].map { try Keeping($0, variant) }
        learns = try entry["learns"].map { try Learning($0, variant, isQuick: isQuick) }
        anchors = try entry["anchors"].map { try Anchoring($0, variant) }
        attacks = try entry["attacks"].map { try Attacking($0, variant, isQuick: isQuick) }
        onDevice = try entry["on-device"].map { try OnDevice($0, variant) }
        defers = try entry["defers"].map { try Deferring($0, variant) }
        adapts = try entry["adapts"].map { try Adapting($0, variant, isQuick: isQuick) }
        if let both = entry["asks"], devices != nil {
            throw both.error("method '\(name)' has 'devices' and 'asks'; devices ask by their own policy")
        }
        if let both = entry["keeps"], asks != nil {
            throw both.error(
                "method '\(name)' has 'asks' and 'keeps': with the one weights serve one answer, with the other until new ones come"
            )
        }
        if let other = entry["on-device"], devices != nil || asks != nil || keeps != nil || entry["anchors"] != nil {
            throw other.error(
                "method '\(name)' has 'on-device' beside 'devices', 'asks', 'keeps' or 'anchors'; leave out one of them"
            )
        }
        if let other = entry["anchors"], asks != nil || keeps != nil {
            throw other.error("method '\(name)' has 'anchors' beside 'asks' or 'keeps'; leave out one of them")
        }
        if let other = entry["learns"], asks != nil || keeps != nil || anchors != nil || defers != nil {
            throw other.error("method '\(name)' has 'learns' beside another key of its devices; leave out one of them")
        }
        if let other = entry["attacks"],
            devices != nil || asks != nil || keeps != nil || learns != nil || anchors != nil || onDevice != nil
                || defers != nil || adapts != nil
        {
            throw other.error("method '\(name)' has 'attacks' beside another key of its devices; leave out one of them")
        }
        (self.variant, self.model, self.settings, self.place) = (variant, model, settings, place)
        modelPlace = entry["model"] ?? place
    }

    /// The method with its model, whose architecture is checked.
    func checked(
        folder: URL,
        bases: [MethodEntry],
        data: ExperimentData,
        task: TaskName
    ) throws -> ExperimentPart.Entry {
        let path = model.hasSuffix(".json") ? folder.appendingPathComponent(model).path : model
        do {
            // The shipped CNN takes the size of the images, which is not known yet.
            if task != .images || model != task.model {
                let architecture = try LearningSettings(settings).configuration(model: path).architecture
                if task == .ranking {
                    try RankingTask.check(architecture)
                } else {
                    try EpisodicTask.check(architecture)
                }
            }
            try variant.check(task)
        } catch {
            throw modelPlace.error("\(error)")
        }
        var recorded = LearningSettings(settings).record
        let encoder = GeneratorConfiguration.Settings.encoder.key
        recorded[encoder] = try recorded[encoder].map(keyText)
        guard devices == nil && asks == nil && keeps == nil || !settings.values(GeneratorConfiguration.self).isBlind
        else {
            throw place.error(
                "method '\(name)' is blind, which no device can run; leave out "
                    + "'\(asks != nil ? "asks" : keeps != nil ? "keeps" : "devices")', or 'blind'"
            )
        }
        let base = bases.first { $0.model == model } ?? bases[0]
        return ExperimentPart.Entry(
            method: Method(name: name, label: label, role: role),
            variant: variant,
            model: path,
            group: Self.shortName(role == .base ? model : base.model),
            settings: settings,
            devices: devices,
            asks: asks,
            keeps: keeps,
            learns: learns,
            anchors: anchors,
            attacks: attacks,
            onDevice: onDevice,
            defers: defers.map { $0.to(cloudPath($0.cloud, folder)) },
            adapts: adapts.map { $0.to(cloudPath($0.teacher, folder)) },
            key: RecordKey(
                data: data.sha256 ?? "unknown",
                variant: variant.rawValue,
                model: try keyText(path),
                settings: recorded,
                devices: devices,
                asks: asks,
                keeps: keeps,
                learns: learns,
                anchors: anchors,
                attacks: attacks,
                onDevice: onDevice,
                defers: try defers.map { $0.to(try keyText(cloudPath($0.cloud, folder))) },
                adapts: try adapts.map { $0.to(try keyText(cloudPath($0.teacher, folder))) },
                draws: PairedBootstrap().draws
            )
        )
    }

    private func cloudPath(_ model: String, _ folder: URL) -> String {
        model.hasSuffix(".json") ? folder.appendingPathComponent(model).path : model
    }

    private static func shortName(_ model: String) -> String {
        model.hasSuffix(".json") ? URL(fileURLWithPath: model).deletingPathExtension().lastPathComponent : model
    }

    private func keyText(_ path: String) throws -> String {
        guard path.hasSuffix(".json") else { return path }
        let digest = SHA256.hash(data: try AtomicFile.read(URL(fileURLWithPath: path)))
        return "\(URL(fileURLWithPath: path).lastPathComponent) \(digest.hexadecimal)"
    }
}

extension YAMLMapping {
    /// What a method is there for; `nil` where the file does not say.
    func role() throws -> Method.Role? {
        guard let role = try optionalText("role") else { return nil }
        if let known = Method.Role(rawValue: role) { return known }
        let hint = NearestName.hint(role, among: Method.Role.allCases.map(\.rawValue), plural: "roles")
        throw try required("role").error("there is no role '\(role)'; \(hint)")
    }
}
