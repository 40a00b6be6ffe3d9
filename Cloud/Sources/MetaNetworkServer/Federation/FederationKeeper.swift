import ServiceLifecycle

/// Ends rounds whose time is over and publishes versions, once a second.
struct FederationKeeper: Service {
    let federation: Federation

    private static let interval = Duration.seconds(1)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await federation.tend()
                try await Task.sleep(for: Self.interval)
            }
        }
        // What the last requests changed.
        await federation.close()
    }
}
