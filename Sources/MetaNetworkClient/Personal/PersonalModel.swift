import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// A model that ranks on this device and becomes personal: it keeps recent samples, asks the service for weights made of
/// them, checks the weights and swaps them in (arXiv 2209.05227, section 3).
///
/// ```swift
/// let key = try PinnedKey(id: "2026", base64: "…")
/// let publisher = try PinnedKey(id: "films", base64: "…")
/// let model = try await PersonalModel(
///     server: url, model: "movies", directory: folder, configuration: .init(trust: .keys([key], publishers: [publisher])))
/// await model.record("tt0133093")
/// let ranked = await model.rank(["tt0234215", "tt0083658"])
/// let best = await model.topItems(20)
/// for await state in await model.states { show(state) }
/// ```
///
/// A model over feature vectors, windows of them or images is asked with ``classify(_:)`` or ``outputs(of:)`` instead.
///
/// Ranking never waits for the network and never fails: without new weights the old ones rank, without any the base model. It ranks
/// too where personal weights have grown older than they help (``RetireAfter``), and where they foresee the user's choices worse
/// than it (``Configuration/guardsQuality``).
/// Several models, and processes, may use one directory.
public actor PersonalModel {
    let configuration: Configuration
    let folder: ModelFolder
    let service: CloudService
    let source: BaseSource
    var base: BaseModel
    /// `nil` before the first personal weights of this version.
    var parameters: ActiveParameters? { didSet { parametersChanges &+= 1 } }
    /// Grows when personal weights come or go, so that what was learned beside others is not used.
    private(set) var parametersChanges = 0
    var qualityGuard: QualityGuard
    var choiceLoss = ChoiceLoss()
    var asking: AskingRecord
    var deferralState = DeferralState()
    var samples: RecentSamples
    /// What is known of the user beside samples, by name of the input.
    var context: [String: InputValue] = [:]
    var outbox: Outbox
    /// Inputs that may be shared once their batch is full; `nil` where none may.
    var inputBatch: InputBatch?
    var refreshState = RefreshState()
    var observers = StateObservers()
    /// Ids that this installation had, whose shared samples the service still has to delete.
    var forgotten: [String]

    /// Opens a model: what the service sent last, else the bundle in the app, else what the service has.
    ///
    /// Only where there is neither is the network waited for.
    ///
    /// - Parameters:
    ///   - server: The service's address; https, except on this machine or with ``Trust/unsigned`` and
    ///     ``Credentials/none``.
    ///   - model: The model's name.
    ///   - directory: Where to keep it, for example in Application Support; a folder of the model's name is made there.
    ///   - configuration: Everything else.
    /// - Throws: ``ClientError``, for example ``ClientError/noModel(reason:)`` on a first launch without a network,
    ///   or ``ClientError/constrainedNetwork`` on one that may not use the network in Low Data Mode.
    public init(server: URL, model: String, directory: URL, configuration: Configuration) async throws {
        var configuration = configuration
        configuration.limits = configuration.limits.bounded
        try configuration.trust.checkKeys()
        try configuration.checkConsent()
        try configuration.checkUploadNoise()
        let address = try ServiceAddress(
            server,
            model: model,
            trust: configuration.trust,
            credentials: configuration.credentials
        )
        let folder = ModelFolder(directory: directory, model: model, limits: configuration.limits)
        var notices: [ClientError] = []
        do { try folder.prepare() } catch { notices.append(.disk(error)) }
        service = CloudService(
            address,
            transport: configuration.transport,
            tokens: TokenSource(configuration.credentials, folder),
            limits: configuration.limits,
            time: configuration.time,
            capability: ClientCapability(memory: configuration.tellsMemory ? configuration.deviceMemory() : nil),
            downloads: configuration.downloadsInLowDataMode
        )
        source = BaseSource(
            model: model,
            folder: folder,
            service: service,
            trust: configuration.trust,
            limits: configuration.limits,
            bundle: configuration.bundle,
            time: configuration.time
        )
        base = try await source.open(&notices, tell: configuration.whileOpening ?? { _ in })
        qualityGuard = QualityGuard(version: base.manifest.version)
        asking = AskingRecord(version: base.manifest.version)
        samples = RecentSamples(folder.samples, &notices)
        outbox = Outbox(folder.outbox, configuration.sharing, &notices)
        forgotten = folder.forgottenDevices()
        self.folder = folder
        self.configuration = configuration
        readSamples()
        restoreGuard(&notices)
        restoreAsking(&notices)
        restoreParameters(&notices)
        beginGathering(&notices)
        tellOfMissingBasis(&notices)
        observers.tellLater(notices)
        considerRefresh()
    }

    deinit {
        refreshState.cancelRetry()
        observers.finish()
    }
}

extension PersonalModel {
    /// Ranks candidates, best first.
    ///
    /// An id that the model does not know scores minus infinity and comes last, in the order given. An id that occurs twice
    /// is ranked twice. No candidates give no result.
    ///
    /// - Parameters:
    ///   - candidates: Raw ids.
    ///   - count: Maximum number of items of the result; `nil` for all.
    public func rank(_ candidates: [String], count: Int? = nil) -> [RankedItem] {
        retireWhenPast()
        let indices = candidates.map { base.vocabulary.index(of: $0) }
        let known = base.device.rank(history: samples.indices, candidates: indices.compactMap(\.self))
        let unknown = zip(candidates, indices).lazy.filter { $0.1 == nil }.map {
            RankedItem(id: $0.0, score: -.infinity)
        }
        let ranked = named(known) + unknown
        guard let count else { return ranked }
        return Array(ranked.prefix(max(0, count)))
    }

    /// The best items of the whole catalogue, best first.
    ///
    /// - Parameters:
    ///   - count: Maximum number of items of the result.
    ///   - excluded: Raw ids to leave out, for example ``history``.
    public func topItems(_ count: Int, excluding excluded: Set<String> = []) -> [RankedItem] {
        retireWhenPast()
        let indices = Set(excluded.compactMap { base.vocabulary.index(of: $0) })
        return named(base.device.topItems(max(0, count), history: samples.indices, excluding: indices))
    }

    /// Raw ids of the recorded samples, oldest first; empty where the model reads vectors.
    public var history: [String] { base.kind.history(of: samples.events) }

    /// When the latest item of the history that the model knows was chosen, to the second; `nil` where there is none, or the model reads
    /// vectors. See `InputValue.gap(since:until:)`.
    public var latestTime: Date? { latest.map { Date(timeIntervalSince1970: TimeInterval($0.time)) } }

    /// Raw id of the latest item of the history that the model knows, so that an app can say what the user did with it; `nil` where there is
    /// none, or the model reads vectors.
    public var latestItem: String? { latest?.item }

    private var latest: SampleEvents.Event? {
        guard base.device.graph.ranksItems else { return nil }
        return samples.indices.lastIndex { $0 > 0 }.map { samples.events[$0] }
    }

    /// The version of the model in use.
    public var version: String { base.manifest.version }

    private func named(_ items: [RankedIndex]) -> [RankedItem] {
        items.compactMap { item in
            base.vocabulary.name(of: item.index).map { RankedItem(id: $0, score: item.score) }
        }
    }
}
