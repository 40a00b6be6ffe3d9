import MetaNetworkData
import MetaNetworkFederated

extension FederatedSource {
    /// The regression that devices share whose method shares rows.
    ///
    /// - Parameters:
    ///   - settings: Its data and links.
    ///   - seed: Seed of the dealing, of links and features that are drawn, and of drift.
    /// - Throws: ``ConfigurationError`` where the data are of another kind, or the model is not known.
    package func regression(_ settings: FederateSettings, seed: UInt64) throws -> SharedRegression {
        let (plan, coding) = (settings.plan, settings.coding)
        let links = try Links(coding.graph)
        switch contents {
        case .series(let url):
            guard settings.model == "linear" else {
                throw ConfigurationError(
                    "series are foreseen by the model linear, not '\(Self.model(of: settings))'; give --model linear"
                )
            }
            return try SharedRegression(series: url, links: links, coding.series, seed: seed)
        case .images(let images):
            return try SharedRegression(
                images,
                settings.dealing(),
                devices: plan.devices,
                atMost: settings.examples > 0 ? settings.examples : .max,
                features: features(Self.model(of: settings)),
                kernel: coding.kernel,
                links: links,
                seed: seed
            )
        case .made, .table, .choices, .forecasts:
            throw ConfigurationError(
                "where rows are shared, '\(plan.method.rawValue)' learns from images, or with --ahead from series; give --data of those"
            )
        }
    }

    private static let mostFeatures = 10_000

    /// Random Fourier features of a model's name; 0 for none.
    private func features(_ model: String) throws -> Int {
        if model == "linear" { return 0 }
        guard model.hasPrefix("fourier-"), let count = Int(model.dropFirst(8)), (1...Self.mostFeatures).contains(count)
        else {
            throw ConfigurationError(
                "model '\(model)' is none of methods that share rows; use linear, or fourier-N with N random Fourier features"
            )
        }
        return count
    }
}
