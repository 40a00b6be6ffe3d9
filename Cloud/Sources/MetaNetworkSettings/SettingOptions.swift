import ArgumentParser
import Foundation
import MetaNetworkData

/// Flags of settings, each of which may also stand in the environment or a file.
package protocol SettingOptions: ParsableArguments {
    /// All settings of the command.
    static var declarations: [SettingDeclaration] { get }
    /// Where the file is.
    var file: FileOptions { get }
    /// Applies defaults that depend on other settings.
    static func adjust(_ settings: inout MergedSettings)
}

extension SettingOptions {
    package static func adjust(_ settings: inout MergedSettings) {}

    /// Flags over a bundle's settings over the environment over the file over defaults.
    package func merged(bundle: [String: String] = [:]) throws -> MergedSettings {
        var merged = try MergedSettings(
            Self.declarations,
            flags: given,
            bundle: bundle,
            environment: ProcessInfo.processInfo.environment,
            file: file.config.map { URL(fileURLWithPath: $0) }
        )
        Self.adjust(&merged)
        return merged
    }
}

/// The file of settings.
package struct FileOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Settings in YAML or TOML; flags override METANETWORK_… override the file.",
            valueName: "file"
        )
    )
    package var config: String?

    package init() {}
}

extension ParsableArguments {
    /// The settings that were given on the command line, in the groups of options too.
    ///
    /// Like the parser itself, it finds the options by reflection, so that none is forgotten.
    package var given: [Given] {
        Mirror(reflecting: self).children.flatMap { child -> [Given] in
            switch child.value {
            case let option as Option<Given?>: [option.wrappedValue].compactMap(\.self)
            case let group as any OptionHolder: group.given
            default: []
            }
        }
    }
}

/// A group of options that may hold flags of settings.
private protocol OptionHolder {
    var given: [Given] { get }
}

extension OptionGroup: OptionHolder {
    fileprivate var given: [Given] { wrappedValue.given }
}

extension Option where Value == Given? {
    /// The flag of a setting.
    ///
    /// - Parameter strict: Whether a value that is not allowed is a usage error. A text that is no number where a number
    ///   belongs always is one.
    package init<Root>(_ setting: Setting<Root>, strict: Bool = false) {
        let declaration = setting.declaration
        self.init(
            name: .customLong(declaration.key),
            help: ArgumentHelp(declaration.helpText, valueName: declaration.valueName),
            completion: declaration.choices.isEmpty ? nil : .list(declaration.choices)
        ) { text in
            let isGood =
                strict
                ? declaration.value(text) != nil : !declaration.isNumber || declaration.isWellFormed(text)
            guard isGood else { throw ValidationError(declaration.remedy) }
            return Given(key: declaration.key, text: text)
        }
    }

    /// The flag of a setting that is true where the flag stands alone; `--insecure=false` is against a file's `true`.
    package init<Root>(switch setting: Setting<Root>) {
        let declaration = setting.declaration
        self.init(
            name: .customLong(declaration.key),
            defaultAsFlag: Given(key: declaration.key, text: true.settingText),
            parsing: .next,
            help: ArgumentHelp(declaration.helpText, valueName: "bool"),
            completion: .list(declaration.choices)
        ) { text in
            guard declaration.value(text) != nil else { throw ValidationError(declaration.remedy) }
            return Given(key: declaration.key, text: text)
        }
    }
}
