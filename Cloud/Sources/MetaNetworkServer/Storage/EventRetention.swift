import Foundation
import Logging
import ServiceLifecycle

/// Deletes events that are too old, once an hour.
struct EventRetention: Service {
    let store: any EventStore
    let days: Int
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let limit = Int(Date().timeIntervalSince1970) - days * 86_400
                    let count = try await store.delete(before: limit)
                    if count > 0 { logger.info("old events were deleted", metadata: ["count": "\(count)"]) }
                } catch {
                    logger.error("old events cannot be deleted", metadata: ["error": "\(error)"])
                }
                try await Task.sleep(for: .seconds(3600))
            }
        }
    }
}
