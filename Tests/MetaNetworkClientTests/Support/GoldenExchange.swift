import Foundation
import MetaNetworkClient

/// A request to a released service and its answer, as scripts/record-golden kept them in a folder of Tests/Golden for each label.
struct GoldenExchange: Decodable, Sendable {
    struct Message: Decodable, Sendable {
        var method: String?
        var path: String?
        var status: Int?
        var headers: [String: String]
        private var text: String?
        private var file: String?
        private var spaces: Int?

        /// The bytes of the body; empty where there was none.
        var body: Data {
            get throws {
                if let text { return Data(text.utf8) }
                if let spaces { return Data(repeating: UInt8(ascii: " "), count: spaces) }
                return try file.map { try Data(contentsOf: wire.folder.appendingPathComponent($0)) } ?? Data()
            }
        }
        /// Whose files they are.
        fileprivate var wire = GoldenWire.label2

        private enum CodingKeys: String, CodingKey { case method, path, status, headers, text, file, spaces }
    }

    /// When it happened, in seconds since 1970.
    let recorded: Int
    private let key: String
    private(set) var request: Message
    private(set) var response: Message

    fileprivate init(_ name: String, _ wire: GoldenWire) throws {
        let data = try Data(contentsOf: wire.folder.appendingPathComponent(name + ".json"))
        self = try JSONDecoder().decode(Self.self, from: data)
        request.wire = wire
        response.wire = wire
    }

    /// Trust in the key that signed the answers.
    var trust: Trust {
        get throws {
            let parts = key.split(separator: "=", maxSplits: 1).map(String.init)
            return .keys([try PinnedKey(id: parts[0], base64: parts[1])], publishers: [])
        }
    }

    var signature: String? { response.headers["metanetwork-signature"] }

    /// The answer as a transport gives it.
    var transportResponse: TransportResponse {
        get throws {
            TransportResponse(status: response.status ?? 0, headers: response.headers, body: try response.body)
        }
    }
}

/// The folder of fixtures that a release wrote; see Tests/Golden/README.md.
enum Golden {
    static let folder = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Golden").standardized
}

/// Exchanges that were recorded together.
enum GoldenWire: String {
    case label2 = "wire"
    case label3 = "wire-3"
    /// In label 3: rounds of devices that learn together.
    case federation
    /// In label 3: a model that its publisher signed.
    case release
    /// In label 3: a device that learned codes and shares them.
    case codes

    /// Labels of which every exchange was recorded.
    static let labels: [GoldenWire] = [.label2, .label3]

    var folder: URL { Golden.folder.appendingPathComponent(rawValue) }

    /// An exchange by its name, without `.json`.
    func callAsFunction(_ name: String) throws -> GoldenExchange { try GoldenExchange(name, self) }

    /// Names of the recorded exchanges that begin with a word, in order.
    func names(_ prefix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    }

    /// Answers a request as the released service did, by method and path; 404 where nothing was recorded.
    func transport(_ names: [String]) throws -> InMemoryTransport {
        let exchanges = try names.map { try self($0) }
        return InMemoryTransport { request in
            let exchange = exchanges.first {
                $0.request.method == request.method && $0.request.path == request.url.path
            }
            return try exchange?.transportResponse ?? TransportResponse(status: 404)
        }
    }
}
