import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkWire

/// Samples that devices shared with the service, as training data: `--data events:FILE`, or `events:postgres://…`. A device is a user.
///
/// Whoever has the app's key can make devices up, and what they share: of each device the latest samples count, as many as are usual, and
/// items need several devices.
struct SharedEvents {
    /// Where the service keeps events; it may go on writing.
    private let address: EventAddress
    private let settings: DataSettings

    /// - Parameters:
    ///   - address: Where the service keeps them.
    ///   - settings: The model, where there are samples of several, for which purpose, and what is left out.
    init(_ address: EventAddress, _ settings: DataSettings) { (self.address, self.settings) = (address, settings) }

    /// Where the events are that a name of data means, where it means some.
    ///
    /// - Throws: `ConfigurationProblem` where it is no address.
    static func address(_ name: String) throws -> EventAddress? {
        name.hasPrefix("events:") ? try EventAddress(String(name.dropFirst("events:".count))) : nil
    }

    /// Refuses events for a task that learns from labels, which no shared sample has.
    ///
    /// - Parameter name: The name of the data.
    static func refuse(_ name: String) throws {
        guard let address = try address(name) else { return }
        throw ConfigurationError(
            "events:\(address) has no labels to learn from: give data that has, and adapt the model to the inputs that devices shared with "
                + "`metanetwork adapt MODEL --registry DIR --data events:\(address)`"
        )
    }

    /// Refuses to learn from samples that were shared for several purposes, or for none that is named.
    ///
    /// - Parameters:
    ///   - purpose: The purpose to learn for; `nil` for all samples.
    ///   - store: The samples.
    ///   - model: The model that they were shared for.
    ///   - address: Where they are.
    ///   - isAwaited: Whether samples for the purpose may come later.
    /// - Throws: ``ConfigurationError`` that names the purposes.
    static func check(
        _ purpose: String?,
        in store: any EventSource,
        of model: String,
        _ address: EventAddress,
        isAwaited: Bool = false
    ) throws {
        let purposes = Set(try store.consents(of: model).compactMap { $0.consent?.purpose }).sorted()
        let names = purposes.joined(separator: ", ")
        if let purpose, !isAwaited, !purposes.contains(purpose) {
            throw ConfigurationError(
                "no sample of '\(model)' in \(address) was shared for '\(purpose)': "
                    + (purposes.isEmpty
                        ? "none names a purpose (Configuration.consent in the app)" : "there are samples for \(names)")
            )
        }
        guard purpose != nil || purposes.count < 2 else {
            throw ConfigurationError(
                "\(address) has samples of '\(model)' for \(names): what was shared for one purpose must not serve another; name the one "
                    + "to learn for with --\(DataSettings.Settings.purpose.key)"
            )
        }
    }

    /// Reads the samples that training learns from.
    ///
    /// - Parameter progress: Told what is left out; warned of what is damaged.
    /// - Throws: `ConfigurationProblem` or ``ConfigurationError`` where there is nothing to learn from.
    func log(_ progress: ProgressReporter) throws -> InteractionLog {
        guard settings.filter == InteractionFilter() else {
            throw ConfigurationError(
                "events:\(address) has items and times alone, neither ratings nor what users did, which \(DataSettings.readers) read; leave them out"
            )
        }
        let store = try address.read()
        let model = try model(in: store)
        try Self.check(settings.purpose, in: store, of: model, address)
        var log = InteractionLog()
        try store.forEachEvent(of: model) { event in
            guard event.code == nil, settings.purpose == nil || event.consent?.purpose == settings.purpose else {
                return
            }
            log.append(user: event.device, item: event.item, time: Double(event.time))
        }
        if let damaged = try store.leftOut(of: model) { progress.warn("left out: \(damaged)") }
        return try defended(log, model, progress)
    }

    /// The model whose samples are read.
    private func model(in store: any EventSource) throws -> String {
        let models = try store.models()
        guard let only = settings.eventsModel ?? models.first else {
            throw ConfigurationError("\(address) has no event yet; let devices share samples first")
        }
        guard models.contains(only), settings.eventsModel != nil || models.count == 1 else {
            throw ConfigurationError(
                "\(address) has the events of \(models.joined(separator: ", ")); name one with --events-model"
            )
        }
        guard try store.inputs(of: only, after: 0, limit: 1).isEmpty else {
            throw ConfigurationError(
                "\(address) has inputs of '\(only)', without labels: no training learns from them; adapt the model to them with "
                    + "`metanetwork adapt \(only) --registry DIR --data events:\(address)`"
            )
        }
        return only
    }

    /// The samples without what one device alone could have brought in, or too much of.
    private func defended(_ log: InteractionLog, _ model: String, _ progress: ProgressReporter) throws -> InteractionLog
    {
        let capped = log.bounded(above: settings.outlierScore, kCore: settings.kCore)
            .latest(ofEachUser: settings.mostPerDevice)
        let shared = capped.items(ofAtLeast: settings.fewestDevices)
        guard shared.count > 0 else {
            throw ConfigurationError(
                "\(address) has samples of \(log.users.count) devices and no item of '\(model)' that \(settings.fewestDevices) devices "
                    + "shared; wait for more, or give a lower \(DataSettings.Settings.fewestDevices.key): the ids of all items that are "
                    + "learned reach every device"
            )
        }
        let left = [
            (log.count - capped.count, "\(log.count - capped.count) samples of devices that shared more than is usual"),
            (
                capped.items.count - shared.items.count,
                "\(capped.items.count - shared.items.count) items that fewer than \(settings.fewestDevices) devices shared"
            ),
        ].filter { $0.0 > 0 }.map(\.1)
        if !left.isEmpty { progress.message("left out: \(left.joined(separator: ", "))") }
        return shared
    }
}
