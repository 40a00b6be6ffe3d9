import MetaNetwork

/// What loaded versions may take together, and which of them are let go where they take more.
///
/// A version counts as many bytes as its files have: weights and tables lie in memory as they do there.
struct LoadedMemory: Sendable {
    /// In bytes.
    let limit: Int

    /// The versions to let go until the others fit, the least recently used first; all that can be where that is not enough.
    ///
    /// - Parameters:
    ///   - models: What is loaded.
    ///   - time: Now, in seconds since 1970.
    /// - Returns: None of those that devices are given; who has another one is told to fetch the current version.
    func excess(of models: [String: ServedModels.Model], at time: Double) -> [BundleID] {
        var bytes = Self.bytes(of: models)
        var excess: [BundleID] = []
        for version in models.values.flatMap({ $0.spare(at: time) }).sorted(by: Self.isBefore) where bytes > limit {
            excess.append(version.id)
            bytes -= version.manifest.fileBytes
        }
        return excess
    }

    /// Whether what is loaded takes too much.
    func isExceeded(by models: [String: ServedModels.Model]) -> Bool { Self.bytes(of: models) > limit }

    private static func bytes(of models: [String: ServedModels.Model]) -> Int {
        models.values.reduce(0) { $0 + $1.bytes }
    }

    /// Whether a version was used longer ago than another; before all others those that nobody used.
    private static func isBefore(_ one: LoadedVersion, _ other: LoadedVersion) -> Bool {
        switch (one.lastUse, other.lastUse) {
        case (let one?, let other?): one < other
        case (nil, _?): true
        case (_?, nil): false
        case (nil, nil): (one.id.model, one.id.version) < (other.id.model, other.id.version)
        }
    }
}

extension BundleManifest {
    /// Bytes of all files.
    fileprivate var fileBytes: Int { files.values.reduce(0) { $0 + $1.bytes } }
}

extension ServedModels.Model {
    /// Bytes of the files of all that is loaded.
    var bytes: Int {
        let manifests = versions.values.map(\.manifest) + [answerer?.manifest].compactMap(\.self)
        return manifests.reduce(0) { $0 + $1.fileBytes }
    }

    /// The versions that no device is given any more.
    func spare(at time: Double) -> [LoadedVersion] {
        var given = [main?.id.version, releases.candidate?.version]
        // Devices whose turn has not come keep the version before.
        if let rollout = releases.rollout, rollout.share(at: time) < 1 { given.append(releases.previous) }
        return versions.values.filter { !given.contains($0.id.version) }
    }

    /// The model without a version.
    func without(_ version: String) -> Self {
        Self(
            releases: releases,
            versions: versions.filter { $0.key != version },
            answerer: answerer,
            holdOut: holdOut,
            statements: statements
        )
    }
}
