import Foundation
import Logging

/// Writes each line of the log as one JSON object: `time`, `level`, `label`, `message` and, where there are any, `error` and
/// `metadata`.
public struct JSONLogHandler: LogHandler {
    /// What is said with every line.
    public var metadata: Logger.Metadata = [:]
    /// The least of what is written.
    public var logLevel: Logger.Level
    private let label: String
    private let write: @Sendable (Data) -> Void

    /// - Parameters:
    ///   - label: The logger's.
    ///   - level: The least of what is written.
    ///   - write: Receives each line, its end included; writes to standard error unless given.
    public init(
        label: String,
        level: Logger.Level,
        write: @escaping @Sendable (Data) -> Void = { try? FileHandle.standardError.write(contentsOf: $0) }
    ) {
        (self.label, logLevel, self.write) = (label, level, write)
    }

    /// What is said with every line, one by one.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a line.
    public func log(event: LogEvent) {
        let all = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        let line = Line(
            time: Date().formatted(Self.time),
            level: event.level.rawValue,
            label: label,
            message: event.message.description,
            error: event.error.map { "\($0)" },
            metadata: all.isEmpty ? nil : all.mapValues(Value.init)
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts and numbers of texts: nothing that JSON could not say.
        guard let data = try? encoder.encode(line) else { return }
        write(data + [UInt8(ascii: "\n")])
    }

    private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    private struct Line: Encodable {
        let time, level, label, message: String
        let error: String?
        let metadata: [String: Value]?
    }

    private struct Value: Encodable {
        let value: Logger.Metadata.Value

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch value {
            case .array(let values): try container.encode(values.map(Value.init))
            case .dictionary(let values): try container.encode(values.mapValues(Value.init))
            default: try container.encode("\(value)")
            }
        }
    }
}
