/// Does work that Ctrl-C or SIGTERM may end, with progress on the terminal.
///
/// - Parameter body: Receives the flag that says whether the user asked to stop.
func withInterrupt<Result>(
    _ progress: ProgressReporter,
    _ body: (InterruptFlag) async throws -> Result
) async throws -> Result {
    let (listener, flag) = (InterruptListener.ofProcess, InterruptFlag())
    listener.add(flag)
    defer {
        listener.remove(flag)
        progress.finish()
    }
    return try await body(flag)
}

/// The same for work that does not wait.
func withInterrupt<Result>(
    _ progress: ProgressReporter,
    _ body: (InterruptFlag) throws -> Result
) throws -> Result {
    let (listener, flag) = (InterruptListener.ofProcess, InterruptFlag())
    listener.add(flag)
    defer {
        listener.remove(flag)
        progress.finish()
    }
    return try body(flag)
}
