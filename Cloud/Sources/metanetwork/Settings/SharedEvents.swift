import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServer
import MetaNetworkSettings

/// Samples that devices shared with the service, as training data: `--data events:FILE`. A device is a user.
enum SharedEvents {
    /// The file that a name of data means, where it means one.
    static func file(_ name: String) -> URL? {
        name.hasPrefix("events:") ? URL(fileURLWithPath: String(name.dropFirst("events:".count))) : nil
    }

    /// Refuses a file of events for a task that learns from labels, which no shared sample has.
    ///
    /// - Parameter name: The name of the data.
    static func refuse(_ name: String) throws {
        guard let file = file(name) else { return }
        throw ConfigurationError(
            "\(name) has no labels to learn from: give data that has, and adapt the model to the inputs that devices shared with "
                + "`metanetwork adapt MODEL --registry DIR --data events:\(file.path)`"
        )
    }

    /// Reads the samples of a model.
    ///
    /// - Parameters:
    ///   - file: The service's file of events; the service may go on writing.
    ///   - model: The model; `nil` where the file has samples of one alone.
    ///   - fewestDevices: Items that fewer devices shared are left out.
    /// - Throws: `ConfigurationProblem` or ``ConfigurationError`` where there is nothing to learn from.
    static func log(_ file: URL, model: String?, fewestDevices: Int) throws -> InteractionLog {
        let store = try SQLiteEventStore(reading: file)
        let models = try store.models()
        guard let only = model ?? models.first else {
            throw ConfigurationError("\(file.path) has no event yet; let devices share samples first")
        }
        guard models.contains(only), model != nil || models.count == 1 else {
            throw ConfigurationError(
                "\(file.path) has the events of \(models.joined(separator: ", ")); name one with --events-model"
            )
        }
        guard try store.inputs(of: only, after: 0, limit: 1).isEmpty else {
            throw ConfigurationError(
                "\(file.path) has inputs of '\(only)', without labels: no training learns from them; adapt the model to them with "
                    + "`metanetwork adapt \(only) --registry DIR --data events:\(file.path)`"
            )
        }
        var log = InteractionLog()
        try store.forEachEvent(of: only) { event in
            guard event.code == nil else { return }
            log.append(user: event.device, item: event.item, time: Double(event.time))
        }
        let shared = log.items(ofAtLeast: fewestDevices)
        guard shared.count > 0 else {
            throw ConfigurationError(
                "\(file.path) has no item of '\(only)' that \(fewestDevices) devices shared; wait for more, or give a lower "
                    + "\(DataSettings.Settings.fewestDevices.key): the ids of all items that are learned reach every device"
            )
        }
        return shared
    }
}
