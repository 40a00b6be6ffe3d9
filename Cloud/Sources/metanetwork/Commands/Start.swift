import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkServing

/// What `metanetwork` does where no command is named: says the next step of somebody who begins in this folder.
struct Start: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what to do next in this folder; what happens where no command is named.",
        shouldDisplay: false
    )

    func run() {
        let tool = Invocation.tool
        let step = NextStep(
            tool: tool,
            titles: Self.titles,
            hasData: DataCatalog.all.contains { $0.name == NextStep.data && DataCatalog.directory(of: $0) != nil },
            bundles: Self.bundles(in: "runs"),
            hasKey: FileManager.default.fileExists(atPath: NextStep.key),
            hasRegistry: FileManager.default.fileExists(atPath: NextStep.registry)
        )
        print(
            """
            MetaNetwork \(Release.text): personal models on devices, without training on devices.

            Next:  \(step.command)
                   \(step.purpose)

            Everything at once: make demo. All commands: \(tool) --help. What is missing here: \(tool) doctor.
            """
        )
    }

    /// The file of titles of the data set to begin with; `nil` where it is not on this machine.
    private static var titles: String? {
        let file = "\(NextStep.data)/\(NextStep.data).item"
        return DataCatalog.directories.map { $0.appendingPathComponent(file).relativePath }
            .first { FileManager.default.fileExists(atPath: $0) }.map(Invocation.quoted)
    }

    /// Folders of bundles in a folder and in its folders, in order.
    private static func bundles(in folder: String) -> [String] {
        let files = FileManager.default
        func inside(_ path: String) -> [String] {
            ((try? files.contentsOfDirectory(atPath: path)) ?? []).sorted().map { "\(path)/\($0)" }
        }
        return inside(folder).flatMap { [$0] + inside($0) }
            .filter { files.fileExists(atPath: "\($0)/\(BundleLayout.manifest)") }
    }
}
