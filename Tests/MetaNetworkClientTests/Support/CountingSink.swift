import Foundation

@testable import MetaNetworkClient

/// Keeps what it gets, and notes the largest piece.
///
/// It is safe to send: `lock` is held wherever the values are touched.
final class CountingSink: TransportSink, @unchecked Sendable {
    private let lock = NSLock()
    private var data = Data()
    private var most = 0
    private let check: @Sendable (Bool) throws -> Void

    /// - Parameter check: Called before an answer (`false`) and before a piece of it (`true`).
    init(check: @escaping @Sendable (Bool) throws -> Void = { _ in }) { self.check = check }

    var contents: Data { lock.withLock { data } }
    var largest: Int { lock.withLock { most } }

    func begin(_ head: TransportResponse) throws -> Bool {
        try check(false)
        return head.status == 200
    }

    func take(_ piece: Data) throws {
        try check(true)
        lock.withLock {
            data.append(piece)
            most = max(most, piece.count)
        }
    }
}
