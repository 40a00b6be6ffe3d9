import MetaNetwork

/// A version is released, and not loaded within the time that a request waits.
struct VersionLoading: Error {}

extension ServedModels {
    /// Waits for a version that the registry names and that is not loaded here yet, as another replica may have loaded it a moment before.
    ///
    /// - Parameters:
    ///   - versions: What a device says that it has, none of it served here.
    ///   - name: The model, which is served.
    /// - Returns: Once one of the versions is served; at once where none is released, loading failed here, or it was let go.
    /// - Throws: ``VersionLoading``, or `CancellationError` where nobody waits any more.
    func awaitRelease(of versions: [String], in name: String) async throws {
        guard let releases = await look.releases(of: name) else { return }
        let released = [releases.current, releases.previous, releases.candidate?.version].compactMap(\.self)
        let coming = versions.filter { released.contains($0) && !isUnloaded(BundleID(model: name, version: $0)) }
        let end = ContinuousClock.now + patience
        while let model = model(name), coming.allSatisfy({ model.versions[$0] == nil }),
            coming.contains(where: { !hasFailed(BundleID(model: name, version: $0)) })
        {
            guard ContinuousClock.now < end else { throw VersionLoading() }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
