import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetworkClient
import NIOCore

extension TestClientProtocol {
    /// What the SDK asks, asked of this client's service.
    ///
    /// - Parameter seen: Receives each answer.
    func transport(_ seen: @escaping @Sendable (TestResponse) -> Void = { _ in }) -> InMemoryTransport {
        InMemoryTransport { request in
            var fields = HTTPFields()
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
            let headers = answer.headers.map { ($0.name.rawName, $0.value) }
            return TransportResponse(
                status: answer.status.code,
                headers: Dictionary(headers) { first, _ in first },
                body: Data(answer.bytes)
            )
        }
    }
}
