import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

/// A server that answers as a test says, and keeps what it was asked.
final class ScriptedServer: Sendable {
    struct Question: Sendable {
        let method: HTTPRequest.Method
        /// With the query.
        let path: String
        let headers: HTTPFields
        let body: Data
    }

    struct Answer: Sendable {
        var status: HTTPResponse.Status = .ok
        var headers: HTTPFields = [:]
        var body = ""
        /// After how many bytes of the body the connection breaks; `nil` for none.
        var cut: Int?
    }

    private struct Broken: Error {}

    private let asked = Mutex<[Question]>([])
    private let answer: @Sendable (_ question: Question, _ number: Int) -> Answer

    /// - Parameter answer: What it says to a question, of which it was asked as many before.
    init(_ answer: @escaping @Sendable (_ question: Question, _ number: Int) -> Answer) { self.answer = answer }

    /// What it was asked, in order.
    var questions: [Question] { asked.withLock { $0 } }

    /// Runs it while something is done with its address.
    func run(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
        let router = Router()
        for method in [HTTPRequest.Method.get, .put, .delete] {
            router.on("**", method: method) { [self] request, _ in
                let body = try await request.body.collect(upTo: 1 << 22)
                let question = Question(
                    method: request.method,
                    path: request.uri.string,
                    headers: request.headers,
                    body: Data(body.readableBytesView)
                )
                let number = asked.withLock { asked in
                    asked.append(question)
                    return asked.count - 1
                }
                let answer = answer(question, number)
                if let cut = answer.cut {
                    let body = ResponseBody(contentLength: answer.body.utf8.count) { writer in
                        try await writer.write(ByteBuffer(bytes: answer.body.utf8.prefix(cut)))
                        throw Broken()
                    }
                    return Response(status: answer.status, headers: answer.headers, body: body)
                }
                return Response(
                    status: answer.status,
                    headers: answer.headers,
                    body: .init(byteBuffer: ByteBuffer(string: answer.body))
                )
            }
        }
        try await Application(router: router).test(.live) { client in
            try await body("http://127.0.0.1:\(try #require(client.port))")
        }
    }
}
