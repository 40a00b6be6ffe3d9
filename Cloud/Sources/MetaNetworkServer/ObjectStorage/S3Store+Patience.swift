import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// How long a server that speaks S3 is waited for.
struct S3Patience: Sendable {
    /// The most tries of one request.
    var tries = 4
    /// Time after which no further try begins; a transfer that moved something has as much again from there.
    var limit = Duration.seconds(10)
    /// The longest pause after the first try; twice as long after each further one. How much of it passes is drawn.
    var pause = Duration.milliseconds(200)
    /// How long an answer may take until it begins, to a request whose body is one piece.
    var answer = TimeAmount.seconds(10)

    /// How long nothing may move, in either direction. Nothing else bounds a transfer: it may be of gigabytes, and the line slow.
    static let silence = TimeAmount.seconds(20)
    /// The longest that a transfer takes at all: more than 4 GiB at the slowest that ``silence`` lets pass.
    static let transfer = TimeAmount.hours(100)
}

/// How often a request was tried, and whether it is tried again.
private struct Tries {
    private let patience: S3Patience
    private(set) var count = 0
    private var end: ContinuousClock.Instant
    /// The bytes that a file had before this try.
    private var before: Int?

    init(_ patience: S3Patience) {
        self.patience = patience
        end = ContinuousClock.now + patience.limit
    }

    mutating func begin(_ request: S3Store.Request) {
        count += 1
        before = request.target?.count
    }

    /// The time until the next try; `nil` where there is none.
    mutating func pause(after request: S3Store.Request) -> Duration? {
        if let before, let bytes = request.target?.count, bytes > before {
            // It goes on where it stopped.
            (count, end) = (1, ContinuousClock.now + patience.limit)
        } else if request.isUpload {
            // It begins anew, however long it took.
            end = ContinuousClock.now + patience.limit
        }
        let pause = patience.pause * Double(1 << (count - 1)) * Double.random(in: 0...1)
        return count < patience.tries && ContinuousClock.now + pause < end ? pause : nil
    }
}

extension S3Store {
    /// Asks until there is an answer that is no passing failure, or patience ends.
    ///
    /// - Throws: ``ObjectStoreError``, or `CancellationError`.
    func send(_ request: Request) async throws -> Answer {
        var (tries, refused): (Tries, S3Credentials?) = (Tries(patience), nil)
        // Whether some try may have been done though no answer said so.
        var isUnknown = false
        while true {
            tries.begin(request)
            let keys = try await credentials.current(insteadOf: refused)
            let error: ObjectStoreError
            do {
                var answer = try await ask(request, keys)
                answer.tries = tries.count
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
            } catch let own as ObjectStoreError {
                throw own
            } catch let other {
                try Task.checkCancellation()
                isUnknown = isUnknown || request.method == .PUT && Self.mayHaveBeenSent(other)
                error = unanswered(other, request)
            }
            guard error.isOutage, let pause = tries.pause(after: request) else {
                throw isUnknown ? error.ofUnknownWrite : error
            }
            try await Self.wait(pause)
        }
    }

    /// Waits on a thread of the client's: callers may hold those of Swift's tasks (``Waiting``).
    static func wait(_ time: Duration) async throws {
        let nanoseconds = Int64(time / .nanoseconds(1))
        try await client.eventLoopGroup.any().scheduleTask(in: .nanoseconds(nanoseconds)) {}.futureResult.get()
        try Task.checkCancellation()
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
            "\(description); it may have been written all the same: look before it is tried again",
            isOutage: isOutage
        )
    }
}
