import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkServer

/// The arguments of `check-bundle`: what a service runs, in a process of its own, before it loads a version.
package struct BundleTrial: ParsableArguments {
    @Argument(help: "Folder of the bundle.")
    package var bundle: String

    @Option(help: "Devices of the largest batch.")
    package var batchSize = ServerConfiguration().batching.batchSize

    package init() {}

    package func validate() throws {
        guard batchSize > 0 else { throw ValidationError("--batch-size must be 1 or more") }
    }

    /// Loads the bundle and generates or answers with it, as a service would.
    ///
    /// - Throws: What is wrong with it.
    package func run(_ engine: ServiceEngine) throws {
        Self.goFirst()
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: bundle))
        // Without a generator it may be the model that answers in the cloud.
        if bundle.manifest.generator == nil, bundle.manifest.outputs != nil {
            try WarmUp.run(engine.answerer(bundle), batchSize: batchSize)
        } else {
            try WarmUp.run(engine.provider(bundle), batchSize: batchSize)
        }
    }

    /// Where memory runs out, the system is to end this process and not the service that waits for it.
    private static func goFirst() {
        #if os(Linux)
        try? Data("1000".utf8).write(to: URL(fileURLWithPath: "/proc/self/oom_score_adj"))
        #endif
    }
}
