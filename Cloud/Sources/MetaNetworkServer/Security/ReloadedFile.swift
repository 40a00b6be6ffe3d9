import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// What a file says, read again when the file changes, so that a change needs no restart.
///
/// A file that cannot be used any more, or is gone, changes nothing: what it said before holds.
final class ReloadedFile<Value: Sendable>: Service {
    private struct State {
        var value: Value
        /// `nil` where there was no file.
        var status: FileStatus?
    }

    private let path: String
    private let read: @Sendable () throws -> Value
    private let interval: Duration
    private let logger: Logger
    private let state: Mutex<State>

    /// Reads the file for the first time.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - interval: How often to look whether it changed.
    ///   - logger: Receives that it changed, or cannot be used.
    ///   - read: Reads it.
    /// - Throws: What reading throws.
    init(
        _ file: URL,
        every interval: Duration = .seconds(1),
        logger: Logger,
        read: @escaping @Sendable (URL) throws -> Value
    ) throws {
        path = file.path
        self.interval = interval
        self.logger = logger
        self.read = { try read(file) }
        // The status first: a change while the file is read is noticed later.
        let status = FileStatus(path: file.path)
        state = Mutex(State(value: try read(file), status: status))
    }

    /// What the file said last.
    var value: Value { state.withLock(\.value) }

    /// Reads the file where it changed.
    func refresh() {
        let status = FileStatus(path: path)
        guard status != state.withLock(\.status) else { return }
        do {
            let value = try read()
            state.withLock { $0 = State(value: value, status: status) }
            logger.info("file was read again", metadata: ["file": "\(path)"])
        } catch {
            // Said once; the next change is looked at again.
            state.withLock { $0.status = status }
            logger.error("file cannot be used, what it said before holds", metadata: ["error": "\(error)"])
        }
    }

    /// Looks until the service stops.
    func run() async throws {
        try? await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                refresh()
                try await Task.sleep(for: interval)
            }
        }
    }
}
