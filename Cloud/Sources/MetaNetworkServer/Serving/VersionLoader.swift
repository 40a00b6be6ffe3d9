import Foundation
import MetaNetwork

/// Loads versions: tried in another process first where there is a check for that, compared with the folder that they lie in, and
/// warmed up.
struct VersionLoader: Sendable {
    let load: ProviderLoader
    /// `nil` where no larger models answer.
    var loadAnswerer: AnswererLoader?
    /// `nil` where nothing is ranked for clients that cannot run models.
    var loadRanking: RankingLoader?
    /// `nil` loads without trying before.
    let check: (any BundleCheck)?
    let batching: ServerConfiguration.Batching
    /// Signs manifest and answers.
    let key: SigningKey
    /// Whether a publisher must have signed a version: where devices could be anybody's.
    var needsSignature = false
    /// Whether all devices get the base weights.
    let allToBase: Bool
    /// The devices that get the base weights.
    var holdOut = HoldOut.none
    /// Whether generated weights are held against the norms that devices take.
    var checksNorms = false
    /// What is packed of the files of all versions.
    private let compressed = CompressedFiles()

    /// Loads a version.
    ///
    /// - Parameters:
    ///   - bundle: Where its files are in the registry.
    ///   - bundles: The registry.
    ///   - statements: What publishers say of the model's versions.
    /// - Throws: ``RegistryError``, or what the loader throws.
    func load(
        _ bundle: BundleID,
        from bundles: any BundleStore,
        _ statements: ServedStatements
    ) async throws -> LoadedVersion {
        // Before anything of it is run.
        try statements.check(
            bundle.version,
            manifest: await bundles.read(BundleLayout.manifest, of: bundle, range: nil),
            key: key,
            needsSignature: needsSignature
        )
        let needsBase = allToBase || holdOut != .none || checksNorms
        let device = needsBase ? try await bundles.read(BundleLayout.device, of: bundle, range: nil) : nil
        return try await loaded(bundle, from: bundles) { [self] folder, manifest in
            var provider = try load(folder)
            try Self.compare(provider.manifest, with: manifest, bundle)
            let weights = try device.map { try SafeTensors.decode([UInt8]($0), limits: .unlimited).weights }
            let base = try weights.map { try BaseWeights(insteadOf: provider, static: $0) }
            let bounds = try weights.map { try LayerBounds(provider.manifest, provider.tensors, static: $0) }
            if allToBase, let base { provider = base }
            return try LoadedVersion(
                bundle,
                provider,
                ranking: try provider.manifest.items > 0 ? loadRanking?(folder) : nil,
                base: base.map { ($0, bounds) },
                manifestBody: [UInt8](manifest),
                compressed: compressed.bodies(of: provider.manifest, in: folder),
                batching,
                key
            )
        }
    }

    /// Loads the larger model that answers in the cloud.
    ///
    /// - Throws: ``RegistryError``, also where this service loads none, or what the loader throws.
    func loadAnswerer(_ bundle: BundleID, from bundles: any BundleStore) async throws -> LoadedAnswerer {
        guard let loadAnswerer else { throw RegistryError("this service loads no models that answer in the cloud") }
        return try await loaded(bundle, from: bundles) { [self] folder, manifest in
            let provider = try loadAnswerer(folder)
            try Self.compare(provider.manifest, with: manifest, bundle)
            return try LoadedAnswerer(bundle, provider, batching, key)
        }
    }

    private func loaded<Version: Sendable>(
        _ bundle: BundleID,
        from bundles: any BundleStore,
        _ body: @escaping @Sendable (_ folder: URL, _ manifest: Data) throws -> Version
    ) async throws -> Version {
        let manifest = try await bundles.read(BundleLayout.manifest, of: bundle, range: nil)
        return try await bundles.withFolder(of: bundle) { [self] folder in
            try await check?.check(folder)
            // Loading takes seconds: it would hold up one of the few threads that Swift's tasks share.
            return try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async { continuation.resume(with: Result { try body(folder, manifest) }) }
            }
        }
    }

    /// What is loaded must be what the folder's name says, and what is signed.
    private static func compare(_ loaded: BundleManifest, with body: Data, _ bundle: BundleID) throws {
        guard loaded.name == bundle.model, loaded.version == bundle.version else {
            throw RegistryError(
                "its folder holds version \(loaded.version) of '\(loaded.name)'; publish the bundle instead of copying folders"
            )
        }
        let sent = try BundleContents.manifest(body, from: "the manifest of version '\(bundle.version)'")
        guard sent == loaded else {
            throw RegistryError(
                "its \(BundleLayout.manifest) was changed while it was loaded; publish the bundle again"
            )
        }
    }
}
