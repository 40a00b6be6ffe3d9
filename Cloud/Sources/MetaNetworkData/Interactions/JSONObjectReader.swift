import Foundation

/// Reads some values of a JSON object as text: one line of JSON Lines.
struct JSONObjectReader {
    private let decoder = JSONDecoder()

    /// - Parameter keys: The keys whose values are wanted.
    init(_ keys: [String]) { decoder.userInfo[Values.keys] = keys }

    /// The values of the keys, one after the other; a value that is missing, `null`, an object or an array is empty text.
    ///
    /// - Returns: `false` where the line is no object.
    func read(_ line: UnsafeBufferPointer<UInt8>, into bytes: inout [UInt8], _ ends: inout [Int]) -> Bool {
        guard let values = try? decoder.decode(Values.self, from: Data(line)) else { return false }
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        for text in values.texts {
            bytes += text.utf8
            ends.append(bytes.count)
        }
        return true
    }

    /// The keys of an object, in alphabetical order; `nil` where the line is none.
    static func keys(of line: UnsafeBufferPointer<UInt8>) -> [String]? {
        (try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])?.keys.sorted()
    }

    private struct Values: Decodable {
        static let keys = CodingUserInfoKey(rawValue: "keys") ?? { preconditionFailure("a key has a name") }()
        let texts: [String]

        private struct Name: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(_ text: String) { stringValue = text }
            init?(stringValue: String) { self.init(stringValue) }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Name.self)
            let keys = decoder.userInfo[Self.keys] as? [String] ?? []
            texts = keys.map { key in
                let name = Name(key)
                guard values.contains(name) else { return "" }
                if let text = try? values.decode(String.self, forKey: name) { return text }
                if let number = try? values.decode(Int.self, forKey: name) { return "\(number)" }
                if let number = try? values.decode(Double.self, forKey: name) { return "\(number)" }
                return (try? values.decode(Bool.self, forKey: name)).map { "\($0)" } ?? ""
            }
        }
    }
}
