/// What a setting says of itself, whichever configuration it belongs to.
///
/// The flag `--generator-window`, the variable `METANETWORK_GENERATOR_WINDOW`, the key of a file, the help text and the check of
/// every value derive from it.
package struct SettingDeclaration: Sendable {
    /// The setting's name, in lower case with hyphens.
    package let key: String
    /// What it sets, without a full stop.
    package let help: String
    /// What its value is called in a usage text; `nil` calls it as the setting.
    package let valueName: String?
    /// The value where nobody gives one; `nil` where there is none, or it depends on others.
    package let defaultValue: (any SettingValue)?
    /// The default in words, where it is not one value.
    package let defaultNote: String?
    /// The allowed values in words; `nil` where every value of the type is.
    package let allowed: String?
    /// The possible values where they are few.
    package let choices: [String]
    /// What to do where a text is no allowed value, without a full stop.
    package let remedy: String
    /// Whether a text that is no number at all is a usage error.
    package let isNumber: Bool
    /// Whether an empty text stands for no value at all.
    package let emptyMeansNone: Bool
    /// Reads a value; `nil` where the text is none.
    let read: @Sendable (String) -> (any SettingValue)?
    /// Whether a value of the setting's type is allowed.
    let allows: @Sendable (any SettingValue) -> Bool

    /// Reads a value; `nil` where the text is none, or one that is not allowed.
    package func value(_ text: String) -> (any SettingValue)? {
        guard let value = read(text), allows(value) else { return nil }
        return value
    }

    /// Whether a text has the form of the setting's type, allowed or not.
    package func isWellFormed(_ text: String) -> Bool { read(text) != nil }

    /// The variable of the environment that gives the value.
    package var variable: String { "METANETWORK_" + key.uppercased().replacing("-", with: "_") }

    /// The default as help shows it; `nil` where there is none.
    package var defaultText: String? { defaultNote ?? defaultValue?.settingText }

    /// The help text with the allowed values and the default.
    package var helpText: String {
        let facts = [allowed, defaultText.map { "default: \($0)" }].compactMap(\.self)
        return facts.isEmpty ? "\(help)." : "\(help) (\(facts.joined(separator: "; ")))."
    }
}
