import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// How long a server that speaks S3 is waited for.
struct S3Patience: Sendable {
    /// The most tries of one request.
    var tries = 4
    /// Time after which no further try begins.
    var limit = Duration.seconds(10)
    /// The longest pause after the first try; twice as long after each further one. How much of it passes is drawn.
    var pause = Duration.milliseconds(200)
    /// How long an answer may take until it begins, beside the time that the body takes to be sent.
    var answer = TimeAmount.seconds(10)
    /// The slowest that a body is sent.
    var bytesPerSecond: Int64 = 1 << 20
}

extension S3Store {
    /// Asks until there is an answer that is no passing failure, or patience ends.
    ///
    /// - Throws: ``ObjectStoreError``, or `CancellationError`.
    func send(_ request: Request) async throws -> Answer {
        let end = ContinuousClock.now + patience.limit
        var (tries, refused): (Int, S3Credentials?) = (0, nil)
        // Whether some try may have been done though no answer said so.
        var isUnknown = false
        while true {
            tries += 1
            let keys = try await credentials.current(insteadOf: refused)
            let error: ObjectStoreError
            do {
                var answer = try await ask(request, keys)
                answer.tries = tries
                let fault = fault(of: answer)
                // Of a missing bucket S3 says 404 too, and so does any server that speaks something else.
                let isAnswer = answer.status != 404 || fault.code == "NoSuchKey"
                if request.expected.contains(answer.status), isAnswer { return answer }
                error = self.error(answer, request)
                if fault.isOfEndedKeys, refused == nil {
                    refused = keys
                    continue
                }
            } catch let cancelled as CancellationError {
                throw cancelled
            } catch let large as NIOTooManyBytesError {
                throw tooLarge(large, request)
            } catch let other {
                try Task.checkCancellation()
                isUnknown = isUnknown || request.method == .PUT && Self.mayHaveBeenSent(other)
                error = unanswered(other, request)
            }
            let pause = patience.pause * Double(1 << (tries - 1)) * Double.random(in: 0...1)
            guard error.isOutage, tries < patience.tries, ContinuousClock.now + pause < end else {
                throw isUnknown ? error.ofUnknownWrite : error
            }
            try await Task.sleep(for: pause)
        }
    }

    private func unanswered(_ error: any Error, _ request: Request) -> ObjectStoreError {
        ObjectStoreError(
            "\(request.what): \(endpoint.host) cannot be reached (\(Self.reason(error))); look at AWS_ENDPOINT_URL and the network",
            isOutage: true
        )
    }

    private func tooLarge(_ error: NIOTooManyBytesError, _ request: Request) -> ObjectStoreError {
        let most = error.maxBytes ?? request.limit
        return ObjectStoreError(
            "\(request.what): the answer of \(endpoint.host) has more than \(most) bytes; look who wrote it there"
        )
    }

    /// Whether a request without an answer may have reached the server: whether there was a connection.
    private static func mayHaveBeenSent(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: ![.connectTimeout, .getConnectionFromPoolTimeout].contains(error)
        case is NIOConnectionError: false
        case let error as IOError: error.errnoCode != ECONNREFUSED
        default: true
        }
    }

    /// Why there was no answer, in a word: the same each time, so that a log names it once.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout: "no connection"
        case let error as HTTPClientError where [.deadlineExceeded, .readTimeout, .writeTimeout].contains(error):
            "no answer"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "connection closed"
        case let error as HTTPClientError: error.shortDescription
        // A name has several addresses, or none; each says in its own words what all have in common.
        case let error as NIOConnectionError: error.connectionErrors.isEmpty ? "no such host" : "connection refused"
        case let error as IOError where error.errnoCode == ECONNREFUSED: "connection refused"
        case let error as IOError: "\(String(cString: strerror(error.errnoCode)))"
        default: "\(error)"
        }
    }
}

extension ObjectStoreError {
    /// The same of a write that may have been done: a try of it was sent, and had no answer.
    fileprivate var ofUnknownWrite: ObjectStoreError {
        ObjectStoreError(
            "\(description); it may have been written all the same: look with `metanetwork list`",
            isOutage: isOutage
        )
    }
}
