import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetworkClient
import MetaNetworkGzip
import NIOCore

extension TestClientProtocol {
    /// What the SDK asks, asked of this client's service; gzip is asked for and unpacked, as `URLSession` does.
    ///
    /// - Parameter seen: Receives each answer.
    func transport(_ seen: @escaping @Sendable (TestResponse) -> Void = { _ in }) -> InMemoryTransport {
        InMemoryTransport { request in
            var fields: HTTPFields = [.acceptEncoding: "gzip"]
            for (name, value) in request.headers {
                if let name = HTTPField.Name(name) { fields[name] = value }
            }
            let answer = try await execute(
                uri: request.url.path,
                method: HTTPRequest.Method(rawValue: request.method) ?? .get,
                headers: fields,
                body: request.body.map { ByteBuffer(bytes: $0) }
            )
            seen(answer)
            let isPacked = answer.headers[.contentEncoding] == "gzip"
            let headers = answer.headers.filter { !isPacked || $0.name != .contentLength }.map {
                ($0.name.rawName, $0.value)
            }
            return TransportResponse(
                status: answer.status.code,
                headers: Dictionary(headers) { first, _ in first },
                body: isPacked ? try Inflater.unpacked(answer.bytes) : Data(answer.bytes)
            )
        }
    }
}

extension Inflater {
    /// Unpacks bytes that lie in memory.
    static func unpacked(_ packed: [UInt8]) throws -> Data {
        let inflater = Inflater()
        var (rest, bytes): (Data?, Data) = (Data(packed), Data())
        while let piece = try inflater.next({
            defer { rest = nil }
            return rest
        }) { bytes += piece }
        return bytes
    }
}
