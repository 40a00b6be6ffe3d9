import Foundation
import MetaNetworkData

/// What came of one time that a model was to be trained again: a line of JSON in the file beside the bundle.
struct RetrainingRecord: Codable, Sendable {
    /// When, in seconds since 1970.
    var time: Int
    var outcome: Outcome
    /// Why, in words.
    var reason: String
    /// Digest of the choices; `nil` where they were not read.
    var data: String?
    /// The version that was trained; `nil` where none was.
    var version: String?
    /// The version that devices had.
    var current: String
    /// What is wrong with the choices; `nil` where nothing is.
    var warnings: [String]?

    enum Outcome: String, Codable, Sendable {
        /// It is a candidate of the registry.
        case published
        /// It was no better and is not published.
        case kept
        /// The data are those of the last time.
        case unchanged
        /// A candidate of before is still tried out.
        case waiting
    }

    /// The last line of a file that has a digest of data; `nil` where there is none.
    ///
    /// A line that was cut off is passed over.
    static func last(in url: URL) -> RetrainingRecord? {
        guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
        return text.split(separator: "\n").reversed().lazy
            .compactMap { try? JSONDecoder().decode(Self.self, from: Data($0.utf8)) }
            .first { $0.data != nil }
    }

    /// Appends the line.
    ///
    /// - Throws: `FileError`.
    func append(to url: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(self) + Data("\n".utf8)
        let old = FileManager.default.fileExists(atPath: url.path) ? try AtomicFile.read(url) : Data()
        try AtomicFile.write(old + line, to: url)
    }

    /// For people.
    var text: String {
        switch outcome {
        case .published: "published \(version.map { String($0.prefix(16)) } ?? "nothing") as a candidate: \(reason)"
        case .kept: "kept \(current.prefix(16)): \(reason)"
        case .unchanged, .waiting: "nothing was trained: \(reason)"
        }
    }
}
