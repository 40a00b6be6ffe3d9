import Crypto
import Foundation

@testable import MetaNetworkClient

/// How a service answers a request for a file: with tags and ranges as the real one does, or as a test wants it.
struct FakeFiles: Sendable {
    /// What it calls a file.
    var tag: @Sendable (Data) -> String? = { "\"\(SHA256.hexadecimal(of: $0))\"" }
    var knowsRanges = true
    /// Bytes of a body after which the connection breaks.
    var cutAfter: Int?
    /// What it sends instead of a file.
    var damage: @Sendable (Data) -> Data = { $0 }
    /// What it says of a part instead of the truth.
    var contentRange: @Sendable (String) -> String? = { $0 }
    /// The answer to requests with a range instead of the honest one.
    var rangeStatus: Int?

    func answer(_ file: Data, range: String?, ifRange: String?) -> TransportResponse {
        let data = damage(file)
        let tag = tag(data)
        var (status, body, headers) = (200, data, ["Accept-Ranges": "bytes"])
        if let tag { headers["ETag"] = tag }
        if knowsRanges, let range, ifRange == nil || ifRange == tag {
            if let rangeStatus { return TransportResponse(status: rangeStatus, body: Data("no".utf8)) }
            guard let first = Int(range.dropFirst("bytes=".count).dropLast()), first < data.count else {
                return TransportResponse(status: 416)
            }
            (status, body) = (206, Data(data.dropFirst(first)))
            if let value = contentRange("bytes \(first)-\(data.count - 1)/\(data.count)") {
                headers["Content-Range"] = value
            }
        }
        headers["Content-Length"] = String(body.count)
        return TransportResponse(status: status, headers: headers, body: cutAfter.map { Data(body.prefix($0)) } ?? body)
    }

    func answer(_ file: Data, _ request: TransportRequest) -> TransportResponse {
        answer(file, range: request.headers["Range"], ifRange: request.headers["If-Range"])
    }
}

extension TransportResponse {
    /// As it goes over a connection that ends with it.
    var bytes: Data {
        var head = "HTTP/1.1 \(status) Status\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return Data("\(head)\r\n".utf8) + body
    }
}
