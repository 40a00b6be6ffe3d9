import MetaNetwork

extension BundleStore {
    /// Publishes a bundle, which the caller has checked.
    ///
    /// - Parameters:
    ///   - bundle: The bundle.
    ///   - share: Share of the devices that get it, for a candidate; `nil` makes it current at once. The first version of a model
    ///     is current always: devices have no other.
    ///   - rollout: Seconds over which devices that have the version before get this one, a growing share of them; `nil` at once.
    ///   - signing: Who vouches for it; `nil` for a model of which no publisher has said anything, as releases up to 0.1 published.
    ///   - editor: Who publishes it.
    /// - Returns: The model's name and the version.
    /// - Throws: ``RegistryError``, also where the releases are damaged or cannot be read: nothing is changed then.
    @discardableResult
    public func publish(
        _ bundle: BundleContents,
        share: Double? = nil,
        rollout: Int? = nil,
        signing: ReleaseSigning? = nil,
        by editor: ReleaseEditor = .current
    ) async throws -> BundleID {
        let (model, version) = (bundle.id.model, bundle.id.version)
        // Before anything is stored, so that damaged releases are seen first.
        _ = try await findReleases(of: model)
        try await put(bundle)
        try await change(model, signing, editor) { old in
            guard let old else { return Releases(after: nil, .publish, version, by: editor) }
            guard let share else {
                guard version != old.current else {
                    // Its publisher's word for it begins anew.
                    guard case .by? = signing else { return old }
                    return Releases(after: old, .sign, version, by: editor)
                }
                var new = Releases(after: old, .publish, version, by: editor)
                new.rollout = rollout.map { Releases.Rollout(began: editor.time, seconds: $0) }
                return new
            }
            guard version != old.current else {
                throw RegistryError("version \(version) is current already; there is nothing to try out")
            }
            return Releases(after: old, .share, version, share: share, by: editor)
        }
        return bundle.id
    }

    /// Publishes the larger model that answers devices' inputs in the cloud.
    ///
    /// - Parameters:
    ///   - bundle: The bundle, which the caller has checked.
    ///   - editor: Who publishes it.
    /// - Returns: The model's name and the version.
    /// - Throws: ``RegistryError``, also where devices have no version of the model, or it gives other outputs than theirs.
    @discardableResult
    public func publishCloudModel(
        _ bundle: BundleContents,
        by editor: ReleaseEditor = .current
    ) async throws -> BundleID {
        let id = bundle.id
        guard let releases = try await findReleases(of: id.model) else {
            throw RegistryError(
                "devices have no version of '\(id.model)' yet; publish theirs first, and this one with --cloud-model after it"
            )
        }
        let current = BundleID(model: id.model, version: releases.current)
        let manifest = try await read(BundleLayout.manifest, of: current, range: nil)
        let outputs = try BundleContents.manifest(manifest, from: "the manifest of version '\(current.version)'")
            .outputs
        guard let outputs, outputs == bundle.manifest.outputs else {
            let names = outputs.map { $0.names.prefix(20).joined(separator: ", ") } ?? "none, as it ranks items"
            throw RegistryError(
                "the outputs of the cloud's model are not those of the devices' version (\(names)); train both on the same data"
            )
        }
        try await put(bundle)
        try await change(id.model) { old in
            guard let old else { throw RegistryError.noModel(id.model) }
            return old.cloudModel == id.version ? old : Releases(after: old, .cloudModel, id.version, by: editor)
        }
        return id
    }

    /// Has no larger model answer any more: devices answer by themselves.
    ///
    /// - Throws: ``RegistryError``.
    @discardableResult
    public func dropCloudModel(_ model: String, by editor: ReleaseEditor = .current) async throws -> Releases {
        try await change(model) { old in
            guard let old else { throw RegistryError.noModel(model) }
            guard let version = old.cloudModel else {
                throw RegistryError("model '\(model)' has no cloud model to drop")
            }
            return Releases(after: old, .dropCloudModel, version, by: editor)
        }
    }

    /// Makes the candidate current.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - editor: Who does it.
    /// - Returns: The new releases.
    /// - Throws: ``RegistryError``.
    @discardableResult
    public func promote(_ model: String, by editor: ReleaseEditor = .current) async throws -> Releases {
        try await change(model) { old in
            guard let old else { throw RegistryError.noModel(model) }
            guard let candidate = old.candidate else {
                throw RegistryError("model '\(model)' has no candidate to promote; publish one with --share")
            }
            return Releases(after: old, .promote, candidate.version, by: editor)
        }
    }

    /// Drops the candidate; without one, goes back to the last version before the current one that services could serve.
    ///
    /// Each rollback goes further back. Where no service has said what it could serve, it goes to the version before.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - signing: Who vouches for the version; needed where a publisher has vouched for the model's, for devices take no statement
    ///     that is older than their last. A candidate is dropped without.
    ///   - editor: Who does it.
    /// - Returns: The new releases.
    /// - Throws: ``RegistryError``.
    @discardableResult
    public func rollback(
        _ model: String,
        signing: ReleaseSigning? = nil,
        by editor: ReleaseEditor = .current
    ) async throws -> Releases {
        let hasCandidate = try await findReleases(of: model)?.candidate != nil
        let (stored, health) = (Set(try await versions(of: model)), try await health(of: model))
        return try await change(model, hasCandidate ? nil : signing, editor, isStatement: !hasCandidate) { old in
            guard let old else { throw RegistryError.noModel(model) }
            guard (old.candidate != nil) == hasCandidate else {
                throw RegistryError(
                    "the candidate of '\(model)' was changed by somebody else at this moment; look, and try again"
                )
            }
            if let candidate = old.candidate { return Releases(after: old, .drop, candidate.version, by: editor) }
            let before = old.line.dropLast().reversed().filter { $0 != old.current && stored.contains($0) }
            guard !before.isEmpty else {
                throw RegistryError(
                    "model '\(model)' has no version before the current one to go back to; name a stored one with --to"
                )
            }
            guard let target = before.first(where: { health.isEmpty || health[$0]?.isGood == true }) else {
                throw RegistryError(
                    "no service has served any version of '\(model)' before the current one; name one with --to"
                )
            }
            return Releases(after: old, .rollback, target, by: editor)
        }
    }

    /// Drops the candidate where it still is the one that was found to be bad, and does nothing where it is another.
    ///
    /// - Parameters:
    ///   - candidate: The version.
    ///   - model: The model.
    ///   - reason: What is wrong with it; it stands in the history.
    ///   - editor: Who drops it.
    /// - Returns: Whether it was dropped now.
    /// - Throws: ``RegistryError``, or what the medium throws.
    func stop(
        _ candidate: String,
        of model: String,
        because reason: String,
        by editor: ReleaseEditor = .current
    ) async throws -> Bool {
        var isDropped = false
        try await change(model) { old in
            guard let old else { throw RegistryError.noModel(model) }
            isDropped = old.candidate?.version == candidate
            return isDropped ? Releases(after: old, .drop, candidate, because: reason, by: editor) : old
        }
        return isDropped
    }

    /// Makes a stored version current, whichever it is; a candidate is dropped.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - name: The version, or the beginning of one alone.
    ///   - signing: Who vouches for the version, as for any other rollback.
    ///   - editor: Who does it.
    /// - Returns: The new releases.
    /// - Throws: ``RegistryError``.
    @discardableResult
    public func rollback(
        _ model: String,
        to name: String,
        signing: ReleaseSigning? = nil,
        by editor: ReleaseEditor = .current
    ) async throws -> Releases {
        let matching = try await versions(of: model).filter { $0.hasPrefix(name) }
        guard let version = matching.first(where: { $0 == name }) ?? matching.first, !name.isEmpty else {
            throw RegistryError(
                "the registry has no version '\(name)' of '\(model)'; `metanetwork list` shows what it has"
            )
        }
        guard version == name || matching.count == 1 else {
            throw RegistryError("\(matching.count) versions of '\(model)' begin with '\(name)'; give more of it")
        }
        return try await change(model, signing, editor) { old in
            guard let old else { throw RegistryError.noModel(model) }
            guard version != old.cloudModel else {
                throw RegistryError("version \(version) of '\(model)' is the cloud's model, which devices cannot run")
            }
            guard version != old.current || old.candidate != nil else {
                throw RegistryError("version \(version) of '\(model)' is current already")
            }
            return Releases(after: old, .rollback, version, by: editor)
        }
    }

    /// Removes old versions: all but the newest, those that the releases name and those that a service has served within a day.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - count: How many of the newest stay.
    ///   - time: Now, in seconds since 1970.
    /// - Returns: The versions that were removed.
    /// - Throws: ``RegistryError``.
    public func prune(_ model: String, keeping count: Int, at time: Int) async throws -> [String] {
        let (releases, health) = (try await releases(of: model), try await health(of: model))
        var removed: [String] = []
        for version in try await versions(of: model).dropFirst(count) where !releases.versions.contains(version) {
            if let served = health[version]?.served, time - served < 86_400 { continue }
            if try await remove(BundleID(model: model, version: version)) { removed.append(version) }
        }
        return removed
    }

    /// Changes the releases of a model; where somebody else does so at the same time, what they made is changed.
    @discardableResult
    private func change(_ model: String, _ body: (Releases?) throws -> Releases) async throws -> Releases {
        try await change(model, nil, .current, isStatement: false, body)
    }

    /// Changes the releases of a model, and has the change signed first: a device that sees it finds its publisher's word.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - signing: Who vouches for the new releases.
    ///   - editor: Who changes them.
    ///   - isStatement: Whether devices get versions by the change that no statement of before is good for.
    ///   - body: Makes the new releases of the old ones.
    @discardableResult
    func change(
        _ model: String,
        _ signing: ReleaseSigning?,
        _ editor: ReleaseEditor,
        isStatement: Bool = true,
        _ body: (Releases?) throws -> Releases
    ) async throws -> Releases {
        let isSigned = if case .by? = signing { true } else { false }
        if isStatement, !isSigned, try await !log(of: model).entries.isEmpty {
            throw RegistryError(
                "the versions of '\(model)' are signed by their publisher, and devices would refuse one that is not; give --publisher-key"
            )
        }
        // What was tried to make of which releases.
        var tried: (change: ReleaseChange, seen: Releases?)?
        // Whoever comes in between makes one change: so many of them at once are a mistake.
        for _ in 0..<1000 {
            let old = try await findReleases(of: model)
            // A medium that answers too late may have done what it was told, and others have gone on from there.
            if let old, let tried, old.count(of: tried.change) > tried.seen?.count(of: tried.change) ?? 0 { return old }
            var new = try body(old)
            switch signing {
            case .by(let key, let seconds):
                new.isUnsigned = false
                try await addStatements(for: new, of: model, by: key, seconds: seconds, at: editor.time)
            case .unsigned: new.isUnsigned = true
            case nil: break
            }
            if new == old { return new }
            tried = new.history.last.map { ($0, old) }
            if try await replace(old, with: new, of: model) { return new }
        }
        throw RegistryError("the releases of '\(model)' are changed by others again and again; try later")
    }
}
