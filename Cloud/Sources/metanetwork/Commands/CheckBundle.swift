import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkServer
import Torch

/// `metanetwork check-bundle`: what `serve` runs, in a process of its own, before it loads a version.
struct CheckBundle: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-bundle",
        abstract: "Load a bundle and generate or answer with it, as a service would.",
        shouldDisplay: false
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @Option(help: "Devices of the largest batch.")
    var batchSize = ServerConfiguration().batching.batchSize

    func validate() throws {
        guard batchSize > 0 else { throw ValidationError("--batch-size must be 1 or more") }
    }

    func run() throws {
        Self.goFirst()
        try LibTorch.setThreads(1)
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: bundle))
        // Without a generator it may be the model that answers in the cloud.
        if bundle.manifest.generator == nil, bundle.manifest.outputs != nil {
            try WarmUp.run(TorchAnswerer(bundle), batchSize: batchSize)
        } else {
            try WarmUp.run(TorchProvider(bundle), batchSize: batchSize)
        }
    }

    /// Where memory runs out, the system is to end this process and not the service that waits for it.
    private static func goFirst() {
        #if os(Linux)
        try? Data("1000".utf8).write(to: URL(fileURLWithPath: "/proc/self/oom_score_adj"))
        #endif
    }
}
