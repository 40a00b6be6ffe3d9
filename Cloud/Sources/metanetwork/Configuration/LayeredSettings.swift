import Foundation
import Synchronization

/// Settings from several places: flags over the environment over a file over defaults.
final class LayeredSettings: Sendable {
    /// A setting with its value and where that came from.
    struct Origin: Sendable, Equatable {
        let key: String
        let value: String
        let origin: String
    }

    /// Variables with a meaning of their own, never settings: the folders of data, dependencies and downloads.
    private static let reservedVariables: Set = ["METANETWORK_DATA", "METANETWORK_DEPS", "METANETWORK_CACHE"]

    private let given: [String: Origin]
    /// Every setting that was asked for, defaults included.
    private let asked = Mutex<[String: Origin]>([:])

    /// - Parameters:
    ///   - known: Names of all settings of the command.
    ///   - flags: What was given on the command line.
    ///   - environment: Variables; `METANETWORK_GENERATOR_WINDOW`, unless empty, is the setting `generator-window`.
    ///   - file: A YAML or TOML file with flat keys.
    /// - Throws: ``ConfigurationError`` for a file that cannot be read, or a key in it that no setting has.
    init(
        known: [String],
        flags: [String: String],
        environment: [String: String],
        file: URL?
    ) throws {
        var given: [String: Origin] = [:]
        if let file {
            for (key, value) in try SettingsFile.read(file) {
                guard known.contains(key) else { throw Self.unknown(key, file, known) }
                given[key] = Origin(key: key, value: value, origin: file.path)
            }
        }
        for key in known {
            let name = "METANETWORK_" + key.uppercased().replacing("-", with: "_")
            // An empty variable is what a script leaves that means to give none.
            let value = environment[name] ?? ""
            guard !value.isEmpty, !Self.reservedVariables.contains(name) else { continue }
            given[key] = Origin(key: key, value: value, origin: name)
        }
        for (key, value) in flags { given[key] = Origin(key: key, value: value, origin: "--\(key)") }
        self.given = given
    }

    /// Every setting that was asked for, by key.
    var origins: [Origin] {
        asked.withLock { $0.values.sorted { $0.key < $1.key } }
    }

    func string(_ key: String, default value: String) throws -> String {
        resolve(key, value).value
    }

    func int(_ key: String, default value: Int, in range: ClosedRange<Int>) throws -> Int {
        let origin = resolve(key, "\(value)")
        guard let number = Int(origin.value), range.contains(number) else {
            throw Self.bad(origin, "give a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func double(_ key: String, default value: Double, in range: ClosedRange<Double>) throws -> Double {
        let origin = resolve(key, "\(value)")
        guard let number = Double(origin.value), range.contains(number) else {
            throw Self.bad(origin, "give a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func choice(_ key: String, default value: String, of choices: [String]) throws -> String {
        let origin = resolve(key, value)
        guard choices.contains(origin.value) else {
            throw Self.bad(origin, "use one of \(choices.joined(separator: ", "))")
        }
        return origin.value
    }

    private func resolve(_ key: String, _ fallback: String) -> Origin {
        let origin = given[key] ?? Origin(key: key, value: fallback, origin: "default")
        asked.withLock { $0[key] = origin }
        return origin
    }

    private static func bad(_ origin: Origin, _ fix: String) -> ConfigurationError {
        ConfigurationError("'\(origin.key)' is '\(origin.value)' (from \(origin.origin)): \(fix)")
    }

    private static func unknown(_ key: String, _ file: URL, _ known: [String]) -> ConfigurationError {
        let nearest = known.min { distance($0, key) < distance($1, key) }
        // Further away, short names all resemble each other.
        let limit = max(1, key.count / 3)
        let hint = nearest.flatMap { distance($0, key) <= limit ? "; did you mean '\($0)'?" : nil }
        let fix = hint ?? "; the settings are the command's flags, see --help"
        return ConfigurationError("\(file.path): there is no setting '\(key)'\(fix)")
    }

    /// Levenshtein's distance.
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let cost = min(diagonal + (character == right[column] ? 0 : 1), row[column] + 1, row[column + 1] + 1)
                diagonal = row[column + 1]
                row[column + 1] = cost
            }
        }
        return row[right.count]
    }
}
