import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkServer
import MetaNetworkWire

/// Lets people try a version that is served on the dashboard.
package actor ModelTrial: DashboardTrial {
    private let registry: any BundleStore
    private let titles: [String: String]
    private var ranker: BundleRanker?

    /// Length of the rankings.
    private static let shown = 10

    /// - Parameters:
    ///   - registry: Where the versions are.
    ///   - titles: Titles by raw id.
    package init(_ registry: any BundleStore, titles: [String: String]) {
        self.registry = registry
        self.titles = titles
    }

    package func items(matching text: String, limit: Int, in version: BundleID) async throws -> [TrialItem] {
        try await load(version)
        guard !text.isEmpty else {
            // The ranking for an empty history.
            return try ranker?.topItems(limit, history: []).map { item($0.index) } ?? []
        }
        var found = ranker?.item(text).map { [item($0)] } ?? []
        for number in 1...max(1, ranker?.manifest.items ?? 1) where found.count < limit {
            let item = item(number)
            if item.item != text, item.title.range(of: text, options: .caseInsensitive) != nil { found.append(item) }
        }
        return found
    }

    package func rank(history: [String], in version: BundleID) async throws -> Trial {
        try await load(version)
        let items = try history.map { rawID in
            guard let item = ranker?.item(rawID) else {
                throw TrialError("'\(rawID.prefix(80))' is not in the vocabulary; choose another item")
            }
            return item
        }
        guard let generator = ranker?.generator, let manifest = ranker?.manifest else {
            throw TrialError("the bundle has no generator; publish one that was trained without --generator none")
        }
        let values = try generator.values(items: items.map(Int32.init))
        return Trial(
            history: items.map(item),
            base: try ranker?.topItems(Self.shown, history: items).map { item($0.index) } ?? [],
            personal: try ranker?.topItems(Self.shown, history: items, values: values).map { item($0.index) } ?? [],
            uploadBytes: try Self.upload(history, manifest),
            answerBytes: try Self.answer(values, generator, manifest, samples: items.count)
        )
    }

    /// Loads a version, unless it is the one that is loaded.
    private func load(_ version: BundleID) async throws {
        if ranker?.manifest.version != version.version || ranker?.manifest.name != version.model {
            try await registry.withFolder(of: version) { folder in try await self.read(folder) }
        }
    }

    private func read(_ folder: URL) throws {
        do {
            ranker = try BundleRanker(ModelBundle(contentsOf: folder))
        } catch let error as BundleError {
            throw TrialError(error.message)
        }
    }

    private func item(_ number: Int) -> TrialItem {
        let rawID = ranker?.rawID(number) ?? ""
        return TrialItem(item: rawID, title: titles[rawID] ?? rawID)
    }

    /// Bytes of a device's message.
    private static func upload(_ history: [String], _ manifest: BundleManifest) throws -> Int {
        let nonce = UUID().uuidString
        return try JSONEncoder().encode(
            ParametersRequest(version: manifest.version, samples: history, nonce: nonce)
        ).count
    }

    /// Bytes of the service's answer, in half precision.
    private static func answer(
        _ values: [Float],
        _ generator: PublishedGenerator,
        _ manifest: BundleManifest,
        samples: Int
    ) throws -> Int {
        let now = Int(Date().timeIntervalSince1970)
        let metadata = ParametersMetadata(
            model: manifest.name,
            version: manifest.version,
            nonce: UUID().uuidString,
            samples: min(samples, generator.window),
            generated: now,
            expires: now
        )
        return try SafeTensorsTemplate(generator.tensors.map { ($0.name, $0.shape) }).encode(
            values[...],
            metadata: metadata.strings,
            as: .float16
        ).count
    }
}
