import MetaNetworkData
import MetaNetworkSettings
import Yams

/// A value of a YAML file that knows where it stands, so that a mistake is told with its line.
struct YAMLValue {
    private let node: Node
    private let file: String
    /// The line, where the value does not know its own: of an empty one.
    private let above: Int

    /// Reads a file's text.
    ///
    /// - Throws: ``ConfigurationError`` with the line of what is no YAML.
    init(_ text: String, file: String) throws {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw ConfigurationError("\(file) is empty; docs/experiments.md shows what an experiment needs")
            }
            (self.node, self.file, above) = (node, file, 1)
        } catch let error as YamlError {
            throw ConfigurationError(Self.message(error, file))
        }
    }

    private init(_ node: Node, in parent: YAMLValue) { (self.node, file, above) = (node, parent.file, parent.line) }

    private static func message(_ error: YamlError, _ file: String) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "\(file), line \(mark.line): \(problem); see docs/experiments.md for what an experiment needs"
        case .duplicatedKeysInMapping(let keys, let context):
            "\(file), line \(context.mark.line): the key '\(keys.joined(separator: "', '"))' is there twice; keep one"
        default: "\(file) is no YAML: \(error)"
        }
    }

    /// The line, from 1.
    var line: Int { node.mark.map(\.line) ?? above }

    /// A mistake here: what is wrong and how to fix it.
    func error(_ message: String) -> ConfigurationError { ConfigurationError("\(file), line \(line): \(message)") }

    /// The entries of a mapping, in order.
    ///
    /// - Parameter what: What is read, for messages: `a part`.
    func entries(_ what: String) throws -> [(key: String, value: YAMLValue, keyPlace: YAMLValue)] {
        guard let mapping = node.mapping else { throw error("\(what) must have keys, as `name: ml-100k`") }
        return try mapping.map { key, value in
            guard let name = key.string else { throw YAMLValue(key, in: self).error("a key must be a text") }
            return (name, YAMLValue(value, in: YAMLValue(key, in: self)), YAMLValue(key, in: self))
        }
    }

    /// A mapping with some keys and no others.
    func mapping(_ what: String, keys known: [String]) throws -> YAMLMapping {
        var values: [String: YAMLValue] = [:]
        for (key, value, place) in try entries(what) {
            guard known.contains(key) else {
                throw place.error(
                    "\(what) has no key '\(key)'; \(NearestName.hint(key, among: known, plural: "its keys"))"
                )
            }
            values[key] = value
        }
        return YAMLMapping(what: what, place: self, values: values)
    }

    /// The values of a list; at least one.
    func list(_ what: String) throws -> [YAMLValue] {
        guard let sequence = node.sequence, !sequence.isEmpty else {
            throw error("\(what) must be a list with at least one entry, each after a hyphen")
        }
        return sequence.map { YAMLValue($0, in: self) }
    }

    /// A text or number as text.
    func text(_ what: String) throws -> String {
        guard let text = node.scalar?.string, !text.isEmpty else { throw error("\(what) must be a text or a number") }
        return text
    }

    /// The value of a setting: a text or number, or several in a list, as flags give them.
    func settingText(_ key: String) throws -> String {
        guard let sequence = node.sequence else {
            guard let text = node.scalar?.string else { throw error("'\(key)' must be one value, or a list of them") }
            return text
        }
        return try sequence.map { try YAMLValue($0, in: self).text("'\(key)'") }.joined(separator: ",")
    }

    /// A whole number in a range.
    func integer(_ what: String, in range: ClosedRange<Int>) throws -> Int {
        guard let value = Int(try text(what)), range.contains(value) else {
            throw error("\(what) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}

/// A mapping whose keys are known.
struct YAMLMapping {
    let what: String
    let place: YAMLValue
    fileprivate let values: [String: YAMLValue]

    fileprivate init(what: String, place: YAMLValue, values: [String: YAMLValue]) {
        (self.what, self.place, self.values) = (what, place, values)
    }

    /// The value of a key that need not be there.
    subscript(_ key: String) -> YAMLValue? { values[key] }

    /// The value of a key that must be there.
    func required(_ key: String) throws -> YAMLValue {
        guard let value = values[key] else { throw place.error("\(what) needs '\(key)'") }
        return value
    }

    /// The text of a key that must be there.
    func text(_ key: String) throws -> String { try required(key).text("'\(key)'") }

    /// The text of a key that need not be there.
    func optionalText(_ key: String) throws -> String? { try values[key]?.text("'\(key)'") }

    /// Whether devices are to ask a service: `over: http`.
    ///
    /// - Parameters:
    ///   - policy: What the key `policy` says.
    ///   - served: The policies that devices with the SDK have.
    /// - Returns: `nil` where the key is left out.
    func isServed(_ policy: String, among served: [String]) throws -> Bool? {
        guard let over = try optionalText("over") else { return nil }
        guard over == "http" else {
            throw try required("over").error("'over' is '\(over)': write http, or leave it out")
        }
        guard served.contains(policy) else {
            let known = served.joined(separator: ", ")
            throw try required("policy").error("devices have no policy '\(policy)'; over http there are \(known)")
        }
        return true
    }
}
