/// A configuration whose settings are declared with it.
package protocol Configurable: Sendable {
    /// The configuration where nobody sets anything.
    static var defaults: Self { get }
    /// All of its settings, in the order of help.
    static var settings: [Setting<Self>] { get }
}

extension Configurable {
    /// What all of its settings say of themselves.
    package static var declarations: [SettingDeclaration] { settings.map(\.declaration) }

    /// What is wrong with the first value that is not allowed, with the remedy; `nil` where nothing is.
    package var fault: String? {
        for setting in Self.settings { if let fault = setting.fault(in: self) { return fault } }
        return nil
    }
}

/// One setting of a configuration, declared once: its key, the property that it sets, the allowed values and the help text.
/// The default is the property's in ``Configurable/defaults``.
package struct Setting<Root: Configurable>: Sendable {
    /// Key, default, allowed values and help.
    package let declaration: SettingDeclaration
    private let get: @Sendable (Root) -> (any SettingValue)?
    private let put: @Sendable (inout Root, any SettingValue) -> Void

    /// The setting's name.
    package var key: String { declaration.key }

    /// Puts a value into a configuration.
    ///
    /// - Precondition: The value is one that the declaration read.
    package func set(_ value: any SettingValue, in root: inout Root) { put(&root, value) }

    /// What is wrong with the setting's value in a configuration, with the remedy; `nil` where nothing is.
    package func fault(in root: Root) -> String? {
        guard let value = get(root), !declaration.allows(value) else { return nil }
        return "\(key) is \(value.settingText); \(declaration.remedy)"
    }

    /// Declares a setting whose type says what is allowed.
    package init<Value: SettingValue>(
        _ key: String,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        help: String,
        default note: String? = nil,
        value: String? = nil
    ) {
        self.init(Value.self, key, nil, help, note, value, { $0[keyPath: path] }, { $0[keyPath: path] = $1 })
    }

    /// Declares a setting that need not have a value.
    package init<Value: SettingValue>(
        _ key: String,
        _ path: any WritableKeyPath<Root, Value?> & Sendable,
        help: String,
        default note: String? = nil,
        value: String? = nil
    ) {
        self.init(Value.self, key, nil, help, note, value, { $0[keyPath: path] }, { $0[keyPath: path] = $1 })
    }

    /// Declares a setting with a range.
    package init<Value: SettingValue & Comparable>(
        _ key: String,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        in range: ClosedRange<Value>,
        help: String,
        default note: String? = nil,
        value: String? = nil
    ) {
        let limits = Limits(range)
        self.init(Value.self, key, limits, help, note, value, { $0[keyPath: path] }, { $0[keyPath: path] = $1 })
    }

    /// Declares a setting with a range that need not have a value.
    package init<Value: SettingValue & Comparable>(
        _ key: String,
        _ path: any WritableKeyPath<Root, Value?> & Sendable,
        in range: ClosedRange<Value>,
        help: String,
        default note: String? = nil,
        value: String? = nil
    ) {
        let limits = Limits(range)
        self.init(Value.self, key, limits, help, note, value, { $0[keyPath: path] }, { $0[keyPath: path] = $1 })
    }

    /// Declares a setting with a name out of some of a type's.
    package init<Value: SettingChoice & Equatable>(
        _ key: String,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        among choices: [Value],
        help: String,
        default note: String? = nil
    ) {
        let limits = Limits(choices)
        self.init(Value.self, key, limits, help, note, nil, { $0[keyPath: path] }, { $0[keyPath: path] = $1 })
    }

    /// The values of a type that a setting allows.
    private struct Limits<Value: SettingValue>: Sendable {
        let text: String
        let choices: [String]
        let remedy: String
        let contains: @Sendable (Value) -> Bool

        init(_ range: ClosedRange<Value>) where Value: Comparable {
            text = "\(range.lowerBound.settingText) to \(range.upperBound.settingText)"
            remedy = "\(Value.remedy) from \(text)"
            choices = []
            contains = { range.contains($0) }
        }

        init(_ values: [Value]) where Value: SettingChoice & Equatable {
            choices = values.map(\.settingText)
            text = choices.joined(separator: ", ")
            remedy = "use one of \(text)"
            contains = { values.contains($0) }
        }
    }

    private init<Value: SettingValue>(
        _ type: Value.Type,
        _ key: String,
        _ limits: Limits<Value>?,
        _ help: String,
        _ note: String?,
        _ valueName: String?,
        _ get: @escaping @Sendable (Root) -> Value?,
        _ put: @escaping @Sendable (inout Root, Value) -> Void
    ) {
        let choices = limits?.choices ?? Value.choices
        declaration = SettingDeclaration(
            key: key,
            help: help,
            valueName: valueName,
            defaultValue: get(Root.defaults),
            defaultNote: note,
            allowed: limits?.text
                ?? (choices.isEmpty || Value.self == Bool.self ? nil : choices.joined(separator: ", ")),
            choices: choices,
            remedy: limits?.remedy ?? Value.remedy,
            isNumber: Value.isNumber,
            emptyMeansNone: Value.emptyMeansNone,
            read: { Value.read($0) },
            allows: { limits?.contains(Self.typed($0, key)) ?? true }
        )
        self.get = { get($0) }
        self.put = { put(&$0, Self.typed($1, key)) }
    }

    private static func typed<Value: SettingValue>(_ value: any SettingValue, _ key: String) -> Value {
        guard let value = value as? Value else { preconditionFailure("'\(key)' has no value like \(value)") }
        return value
    }
}
