import Foundation

/// A type that the value of a setting can have: text at the edge, typed from there on.
package protocol SettingValue: Sendable, Encodable {
    /// Reads a value; `nil` where the text is none.
    static func read(_ text: String) -> Self?
    /// The value as text, which `read` reads again.
    var settingText: String { get }
    /// What to do where a text is no value: "give a whole number".
    static var remedy: String { get }
    /// The possible values where they are few; empty otherwise.
    static var choices: [String] { get }
    /// Whether a text that is no value is a mistake in the command line's form, like a missing argument.
    static var isNumber: Bool { get }
    /// Whether an empty text stands for no value at all.
    static var emptyMeansNone: Bool { get }
}

extension SettingValue {
    package static var choices: [String] { [] }
    package static var isNumber: Bool { false }
    package static var emptyMeansNone: Bool { false }
}

extension SettingValue where Self: LosslessStringConvertible {
    package static func read(_ text: String) -> Self? { Self(text) }
    package var settingText: String { description }
}

extension Int: SettingValue {
    package static var remedy: String { "give a whole number" }
    package static var isNumber: Bool { true }
}

extension UInt64: SettingValue {
    package static var remedy: String { Int.remedy }
    package static var isNumber: Bool { true }
}

extension Double: SettingValue {
    package static var remedy: String { "give a number" }
    package static var isNumber: Bool { true }
}

extension Bool: SettingValue {
    package static var remedy: String { "use true or false" }
    package static var choices: [String] { ["true", "false"] }
}

extension String: SettingValue {
    package static var remedy: String { "give a name" }
    package static var emptyMeansNone: Bool { true }
}

/// A value out of a few with names.
package protocol SettingChoice: SettingValue, CaseIterable, RawRepresentable where RawValue == String {}

extension SettingChoice {
    package static func read(_ text: String) -> Self? { Self(rawValue: text) }
    package var settingText: String { rawValue }
    package static var choices: [String] { allCases.map(\.rawValue) }
    package static var remedy: String { "use one of \(choices.joined(separator: ", "))" }
}

/// Several values with commas between them.
extension Array: SettingValue where Element: SettingValue {
    package static func read(_ text: String) -> Self? {
        let parts = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        let values = parts.compactMap { Element.read($0) }
        return values.count == parts.count && !values.isEmpty ? values : nil
    }

    package var settingText: String { map(\.settingText).joined(separator: ",") }
    package static var emptyMeansNone: Bool { true }
    package static var remedy: String {
        guard Element.choices.isEmpty else {
            return "use \(Element.choices.joined(separator: ", ")), with commas between them"
        }
        return "\(Element.remedy), or several with commas between them"
    }
}
