import Foundation

/// A file that is fetched into memory, where the disk does not take it. It begins anew with each answer.
///
/// It is safe to send: `data`, the only thing that changes, is private, and each of the three members that touch it holds `lock` meanwhile.
final class MemoryFile: TransportSink, @unchecked Sendable {
    private let tell: @Sendable (Int) -> Void
    private let lock = NSLock()
    private var data = Data()

    /// - Parameter tell: Told how many bytes there are.
    init(tell: @escaping @Sendable (Int) -> Void) { self.tell = tell }

    /// What has come.
    var contents: Data { lock.withLock { data } }

    /// Only a whole file is taken.
    func begin(_ head: TransportResponse) -> Bool {
        lock.withLock { data = Data() }
        return head.status == 200
    }

    /// Appends; the request's limit bounds it.
    func take(_ piece: Data) {
        tell(
            lock.withLock {
                data.append(piece)
                return data.count
            }
        )
    }
}
