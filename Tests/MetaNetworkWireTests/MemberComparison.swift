import Foundation

/// Compares values with their JSON, through all that they hold: every stored property must be a member of its name with its value.
///
/// Properties that are `nil`, empty, zero or false are failures too, for they show nothing of who reads them.
struct MemberComparison {
    /// The names of the types that were met.
    private(set) var types: Set<String> = []
    /// What is wrong, and where.
    private(set) var failures: [String] = []

    /// Properties whose members are called otherwise.
    private static let names = ["isDynamic": "dynamic"]
    /// Properties whose own members stand beside those of who has them.
    private static let flat: Set = ["provenance"]

    /// Compares what a value is written as with the value, and the value that is read of it too.
    mutating func compare<Value: Codable & Equatable>(_ value: Value) throws {
        let data = try JSONEncoder().encode(value)
        try compare(value, written: data, read: JSONDecoder().decode(Value.self, from: data))
    }

    /// The same for a value that is written in a way of its own.
    mutating func compare<Value: Equatable>(_ value: Value, written data: Data, read: Value) throws {
        let name = "\(Value.self)"
        if read != value { failures.append("\(name) is read as another") }
        compare(value, try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed), name)
    }

    private mutating func compare(_ value: Any, _ json: Any?, _ path: String) {
        types.insert("\(type(of: value))")
        guard let json else { return failures.append("\(path) is not written") }
        let mirror = Mirror(reflecting: value)
        switch (mirror.displayStyle, json) {
        case (.optional, _):
            guard let held = mirror.children.first else { return failures.append("\(path) is nil") }
            compare(held.value, json, path)
        case (.struct, let object as [String: Any]):
            for child in mirror.children { compare(child, in: object, path) }
        case (.collection, let array as [Any]) where array.count == mirror.children.count && !array.isEmpty:
            for (place, child) in mirror.children.enumerated() {
                compare(child.value, array[place], "\(path)[\(place)]")
            }
        case (.dictionary, let object as [String: Any]) where object.count == mirror.children.count && !object.isEmpty:
            for child in mirror.children {
                let pair = Mirror(reflecting: child.value).children.map(\.value)
                compare(pair[1], object["\(pair[0])"], "\(path)[\(pair[0])]")
            }
        default: compareLeaf(value, json, path)
        }
    }

    private mutating func compare(_ property: Mirror.Child, in object: [String: Any], _ path: String) {
        let name = property.label ?? ""
        let mirror = Mirror(reflecting: property.value)
        if mirror.displayStyle == .enum, let payload = mirror.children.first {
            compareLeaf(payload.label ?? "", object[name] ?? "", "\(path).\(name)")
            compare(payload.value, object, "\(path).\(name)")
        } else {
            compare(
                property.value,
                Self.flat.contains(name) ? object : object[Self.names[name] ?? name],
                "\(path).\(name)"
            )
        }
    }

    private mutating func compareLeaf(_ value: Any, _ json: Any, _ path: String) {
        if ["", "0", "0.0", "false", "[]", "[:]"].contains("\(value)") { failures.append("\(path) is \(value)") }
        let written = (value as? any Encodable).flatMap { try? JSONEncoder().encode([AnyEncodable($0)]) }
        let own = written.flatMap { try? JSONSerialization.jsonObject(with: $0) as? [NSObject] }?.first
        // An operation without settings is a word.
        if (own ?? "\(value)" as NSString) != json as? NSObject {
            failures.append("\(path) is \(value), written \(json)")
        }
    }
}

/// What an array of one leaf is written of.
private struct AnyEncodable: Encodable {
    let value: any Encodable

    init(_ value: any Encodable) { self.value = value }

    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
