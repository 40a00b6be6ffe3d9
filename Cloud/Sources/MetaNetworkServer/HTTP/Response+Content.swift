import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// Answers with a value as JSON, which browsers must not take for something else.
    ///
    /// - Parameters:
    ///   - value: What is encoded.
    ///   - status: The status.
    ///   - headers: More headers; a content type among them replaces `application/json`.
    ///   - encoder: Encodes it.
    static func json(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:],
        encoder: JSONEncoder = JSONEncoder()
    ) throws -> Response {
        var headers = headers
        let type = headers[.contentType] ?? "application/json"
        headers[.xContentTypeOptions] = "nosniff"
        return .bytes(try encoder.encode(value), type, status: status, headers: headers)
    }

    /// Answers with text in UTF-8, which browsers must not take for another type.
    static func text(
        _ text: String,
        _ type: String,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.xContentTypeOptions] = "nosniff"
        return .bytes(text.utf8, "\(type); charset=utf-8", status: status, headers: headers)
    }

    /// Answers with bytes.
    ///
    /// - Parameters:
    ///   - bytes: The body.
    ///   - type: The content type.
    ///   - status: The status.
    ///   - headers: More headers.
    static func bytes(
        _ bytes: some Sequence<UInt8>,
        _ type: String,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
