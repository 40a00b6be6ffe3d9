import Foundation
import MetaNetworkData

/// A setting as it was given on the command line.
package struct Given: Sendable, Equatable, CustomStringConvertible {
    package let key: String
    package let text: String

    package init(key: String, text: String) { (self.key, self.text) = (key, text) }

    package var description: String { text }
}

/// The settings of a command from several places: flags over the bundle that is read over the environment over a file over
/// defaults.
package struct MergedSettings: Sendable {
    /// Where a value came from.
    package enum Origin: Sendable, Equatable, CustomStringConvertible {
        case flag(String)
        case bundle
        case variable(String)
        case file(String)
        case byDefault

        package var description: String {
            switch self {
            case .flag(let key): "--\(key)"
            case .bundle: "the bundle"
            case .variable(let name): name
            case .file(let path): path
            case .byDefault: "default"
            }
        }
    }

    /// A setting with its value, `nil` where it has none, and where that came from.
    package struct Entry: Sendable {
        package let declaration: SettingDeclaration
        package fileprivate(set) var value: (any SettingValue)?
        package let origin: Origin
    }

    /// Variables with a meaning of their own, never settings: the folders of data, dependencies and downloads.
    package static let reservedVariables: Set = ["METANETWORK_DATA", "METANETWORK_DEPS", "METANETWORK_CACHE"]

    /// Every setting of the command, in the order of its declarations.
    package private(set) var entries: [Entry]

    /// - Parameters:
    ///   - declarations: All settings of the command.
    ///   - flags: What was given on the command line.
    ///   - bundle: What a bundle says of its training, by key; keys of other settings are passed over.
    ///   - environment: Variables; `METANETWORK_GENERATOR_WINDOW`, unless empty, is the setting `generator-window`.
    ///   - file: A YAML or TOML file with flat keys.
    /// - Throws: ``ConfigurationError`` for a value that is not allowed, a file that cannot be read, or a key in it that no
    ///   setting has.
    package init(
        _ declarations: [SettingDeclaration],
        flags: [Given],
        bundle: [String: String] = [:],
        environment: [String: String],
        file: URL?
    ) throws {
        let keys = declarations.map(\.key)
        precondition(Set(keys).count == keys.count, "a setting is declared twice: \(keys)")
        precondition(flags.allSatisfy { keys.contains($0.key) }, "a flag has no declaration: \(flags)")
        let flags = Dictionary(flags.map { ($0.key, $0.text) }) { $1 }
        let lines = try file.map { (texts: try Self.lines($0, keys), origin: Origin.file($0.path)) }
        entries = try declarations.map { declaration in
            let (key, variable) = (declaration.key, declaration.variable)
            let isReserved = Self.reservedVariables.contains(variable)
            var sources: [(String?, Origin)] = [
                (flags[key], .flag(key)), (bundle[key], .bundle),
                // An empty variable is what a script leaves that means to give none.
                (isReserved || environment[variable] == "" ? nil : environment[variable], .variable(variable)),
            ]
            if let lines { sources.append((lines.texts[key], lines.origin)) }
            for case (let text?, let origin) in sources {
                if text.isEmpty, declaration.emptyMeansNone { break }
                guard let value = declaration.value(text) else {
                    throw ConfigurationError("'\(key)' is '\(text)' (from \(origin)): \(declaration.remedy)")
                }
                return Entry(declaration: declaration, value: value, origin: origin)
            }
            return Entry(declaration: declaration, value: declaration.defaultValue, origin: .byDefault)
        }
    }

    /// Whether a setting was given anywhere, even as its default.
    package func isGiven(_ key: String) -> Bool {
        guard let entry = entries.first(where: { $0.declaration.key == key }) else {
            preconditionFailure("the command has no setting '\(key)'")
        }
        return entry.origin != .byDefault
    }

    /// A configuration with the values of its settings; those that the command does not have stay at their defaults.
    package func values<Root: Configurable>(_: Root.Type = Root.self) -> Root {
        var root = Root.defaults
        for setting in Root.settings {
            if let value = entry(setting.key)?.value { setting.set(value, in: &root) }
        }
        return root
    }

    /// Changes the default of a setting that the command has and nobody gave: what other settings make of it.
    package mutating func assume<Root>(_ setting: Setting<Root>, _ value: some SettingValue) {
        for index in entries.indices
        where entries[index].declaration.key == setting.key && entries[index].origin == .byDefault {
            entries[index].value = value
        }
    }

    /// The same settings with another value of one that the command has; defaults that go by it stay as they are.
    package func with<Root>(_ value: some SettingValue, for setting: Setting<Root>) -> MergedSettings {
        var settings = self
        for index in entries.indices where entries[index].declaration.key == setting.key {
            settings.entries[index].value = value
        }
        return settings
    }

    /// The text of a setting that has no default.
    ///
    /// - Throws: ``ConfigurationError`` with the fix where nobody gave it.
    package func required<Root>(_ setting: Setting<Root>, _ fix: String) throws -> String {
        guard let value = entry(setting.key)?.value else {
            throw ConfigurationError("'\(setting.key)' is missing: \(fix)")
        }
        return value.settingText
    }

    /// Every setting with its value, as reports and bundles keep it: without passwords.
    ///
    /// - Parameter unread: Keys of settings that the task does not read, which are left out unless somebody gave them.
    package func record(without unread: Set<String> = []) -> [String: String] {
        entries.reduce(into: [:]) { record, entry in
            guard entry.origin != .byDefault || !unread.contains(entry.declaration.key) else { return }
            guard let text = entry.value?.settingText, !text.isEmpty else { return }
            record[entry.declaration.key] = text.withoutPassword
        }
    }

    private func entry(_ key: String) -> Entry? { entries.first { $0.declaration.key == key } }

    /// The lines of a file by key, each the key of a setting.
    private static func lines(_ file: URL, _ known: [String]) throws -> [String: String] {
        let lines = try SettingsFile.read(file)
        for (key, _) in lines where !known.contains(key) {
            throw ConfigurationError("\(file.path): there is no setting '\(key)'\(suggestion(key, known))")
        }
        return Dictionary(lines.map { ($0.key, $0.value) }) { $1 }
    }

    private static func suggestion(_ key: String, _ known: [String]) -> String {
        guard let near = EditDistance.nearest(to: key, among: known) else {
            return "; the settings are the command's flags, see --help"
        }
        return "; did you mean '\(known[near])'?"
    }
}
