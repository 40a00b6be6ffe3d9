extension BundleStore {
    /// Publishes a bundle, which the caller has checked.
    ///
    /// - Parameters:
    ///   - bundle: The bundle.
    ///   - share: Share of the devices that get it, for a candidate; `nil` makes it current at once. The first version of a model
    ///     is current always.
    /// - Returns: The model's name and the version.
    /// - Throws: ``RegistryError``, also where somebody else changes the releases at the same time.
    @discardableResult
    public func publish(_ bundle: BundleContents, share: Double? = nil) async throws -> BundleID {
        try await put(bundle)
        let (model, version) = (bundle.id.model, bundle.id.version)
        // Damaged releases are written anew.
        guard let old = try? await releases(of: model) else {
            try await change(nil, Releases(current: version), model)
            return bundle.id
        }
        var new = old
        if let share {
            guard version != old.current else {
                throw RegistryError("version \(version) is current already; there is nothing to try out")
            }
            new.candidate = Releases.Candidate(version: version, share: share)
        } else if version != old.current {
            new = Releases(current: version, previous: old.current)
        }
        try await change(old, new, model)
        return bundle.id
    }

    /// Makes the candidate current.
    ///
    /// - Returns: The new releases.
    /// - Throws: ``RegistryError``, also where somebody else changes the releases at the same time.
    @discardableResult
    public func promote(_ model: String) async throws -> Releases {
        let old = try await releases(of: model)
        guard let candidate = old.candidate else {
            throw RegistryError("model '\(model)' has no candidate to promote; publish one with --share")
        }
        return try await change(old, Releases(current: candidate.version, previous: old.current), model)
    }

    /// Drops the candidate; without one, goes back to the version before the current one.
    ///
    /// - Returns: The new releases.
    /// - Throws: ``RegistryError``, also where somebody else changes the releases at the same time.
    @discardableResult
    public func rollback(_ model: String) async throws -> Releases {
        let old = try await releases(of: model)
        var new = old
        if old.candidate != nil {
            new.candidate = nil
        } else if let previous = old.previous {
            new = Releases(current: previous, previous: old.current)
        } else {
            throw RegistryError("model '\(model)' has one version only, so there is none to go back to")
        }
        return try await change(old, new, model)
    }

    @discardableResult
    private func change(_ old: Releases?, _ new: Releases, _ model: String) async throws -> Releases {
        guard try await replace(old, with: new, of: model) else {
            throw RegistryError(
                "the releases of '\(model)' were changed by somebody else meanwhile; look at them and try again"
            )
        }
        return new
    }
}
