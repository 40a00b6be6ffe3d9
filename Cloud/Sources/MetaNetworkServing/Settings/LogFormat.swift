import Logging
import MetaNetworkData
import MetaNetworkServer

/// How a service writes its log.
package enum LogFormat: String, Sendable, CaseIterable, SettingChoice {
    /// For people: a line of text.
    case text
    /// For programs: a JSON object a line.
    case json

    /// Writes to standard error what is at least of a level.
    func handler(_ label: String, _ level: Logger.Level) -> any LogHandler {
        switch self {
        case .json: return JSONLogHandler(label: label, level: level)
        case .text:
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }
}

extension Logger.Level: SettingChoice {}
