import Foundation
import Logging
import MetaNetworkBundles
import MetaNetworkServer
import MetaNetworkSettings

/// What a program that serves has to run models with.
package struct ServiceEngine: Sendable {
    /// Makes what generates weights of samples.
    package let provider: @Sendable (ModelBundle) throws -> any ParameterProvider
    /// Makes what answers inputs.
    package let answerer: @Sendable (ModelBundle) throws -> any AnswerProvider
    /// Opens a federation that a file describes.
    package let federation: @Sendable (URL, any BundleStore, Logger) throws -> Federation

    package init(
        provider: @escaping @Sendable (ModelBundle) throws -> any ParameterProvider,
        answerer: @escaping @Sendable (ModelBundle) throws -> any AnswerProvider,
        federation: @escaping @Sendable (URL, any BundleStore, Logger) throws -> Federation
    ) {
        (self.provider, self.answerer, self.federation) = (provider, answerer, federation)
    }

    /// The device runtime alone, without LibTorch.
    ///
    /// - Parameters:
    ///   - choice: What was asked for.
    ///   - threads: Threads that a batch is divided over.
    /// - Throws: `ConfigurationError` where that is LibTorch.
    package static func device(_ choice: EngineChoice = .automatic, threads: Int) throws -> ServiceEngine {
        guard choice != .libtorch else {
            throw ConfigurationError(
                "this program has no LibTorch: leave out --engine libtorch, or run `metanetwork serve`"
            )
        }
        return ServiceEngine(
            provider: { try DeviceProvider($0, threads: threads) },
            answerer: { try DeviceAnswerer($0) },
            federation: { _, _, _ in
                throw ConfigurationError(
                    "--federation makes models of devices' updates, which takes LibTorch; run it with `metanetwork serve`"
                )
            }
        )
    }
}
