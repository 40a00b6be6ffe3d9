import Foundation
import MetaNetwork

/// Personal weights as they came, or as the device learned them, with what is needed to check them again and to tell their age.
struct StoredParameters: Sendable {
    var record: Record
    /// The safetensors of the answer, byte by byte; of a learned code its values, 4 bytes each, the least significant first.
    var payload: Data

    struct Record: Codable, Sendable, Equatable {
        /// The version of the model that they belong to.
        var version: String
        /// The nonce of the request.
        var nonce: String
        /// The header `MetaNetwork-Signature`, where there was one.
        var signature: String?
        /// When they came, in seconds since 1970 by the device's clock.
        var received: Int
        /// Id of the last sample behind them.
        var lastSample: String?
        /// Mean embedding of the samples behind them.
        var behind: [Float]?
        /// Whether the device learned them itself, so that nobody signed them.
        var isLearned: Bool?
        /// Whether what it learned is the code of a basis.
        var isCode: Bool?
    }

    /// One line of JSON and the payload.
    func encoded() throws -> Data {
        var data = try JSONEncoder().encode(record)
        data.append(UInt8(ascii: "\n"))
        data.append(payload)
        return data
    }

    init(record: Record, payload: Data) {
        self.record = record
        self.payload = payload
    }

    /// - Returns: `nil` where the bytes are something else.
    init?(_ data: Data) {
        guard let end = data.firstIndex(of: UInt8(ascii: "\n")),
            let record = try? JSONDecoder().decode(Record.self, from: Data(data[..<end]))
        else { return nil }
        self.init(record: record, payload: Data(data[data.index(after: end)...]))
    }
}
