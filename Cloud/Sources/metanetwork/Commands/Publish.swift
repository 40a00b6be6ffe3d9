import ArgumentParser
import Foundation
import MetaNetworkBundles
import MetaNetworkExperiments
import MetaNetworkServer

/// `metanetwork publish`: a bundle into a registry.
struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a bundle into a registry, for all devices or for a share of them.",
        discussion: """
            Running services notice within a second, load the version beside the old one and switch to it.

            Examples:
              metanetwork publish runs/movies --registry registry
              metanetwork publish runs/movies --registry registry --share 5%
            """
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @OptionGroup var options: PublishOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let folder = URL(fileURLWithPath: bundle)
        // Everything that a service would check, before it can be asked for.
        _ = try ModelBundle(contentsOf: folder).parameterGenerator()
        let settings = try options.merged()
        let registry = try settings.registry()
        let share = settings.values(PublishSettings.self).share?.value
        let published = try await registry.publish(BundleContents(contentsOf: folder), share: share)
        try RegistryState(registry, published.model).show(output)
    }
}

/// `metanetwork promote`: the candidate becomes current.
struct Promote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the candidate of a model its current version.",
        discussion: "Example:\n  metanetwork promote movies --registry registry"
    )

    @Argument(help: "Name of the model.")
    var model: String

    @OptionGroup var options: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let registry = try options.merged().registry()
        try await registry.promote(model)
        try RegistryState(registry, model).show(output)
    }
}

/// `metanetwork rollback`: back to what was.
struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Drop the candidate of a model; without one, go back to the version before the current one.",
        discussion: "Example:\n  metanetwork rollback movies --registry registry"
    )

    @Argument(help: "Name of the model.")
    var model: String

    @OptionGroup var options: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let registry = try options.merged().registry()
        try await registry.rollback(model)
        try RegistryState(registry, model).show(output)
    }
}

/// `metanetwork list`: what a registry holds.
struct ListModels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the models of a registry and their versions.",
        discussion: "Example:\n  metanetwork list --registry registry"
    )

    @OptionGroup var options: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let registry = try options.merged().registry()
        let states = try registry.models().map { try RegistryState(registry, $0) }
        guard !output.json else { return try output.printJSON(states) }
        for state in states { print(state.text) }
    }
}

/// A model of a registry, as the commands show it.
private struct RegistryState: Encodable {
    let model: String
    let releases: Releases
    let versions: [String]

    init(_ registry: FolderBundleStore, _ model: String) throws {
        self.model = model
        releases = try registry.releases(of: model)
        versions = try registry.versions(of: model)
    }

    func show(_ output: OutputOptions) throws {
        if output.json { try output.printJSON(self) } else { print(text) }
    }

    var text: String {
        let lines = versions.map { version -> String in
            var role = ""
            if version == releases.current { role = "  current" }
            if version == releases.previous { role = "  previous" }
            if let candidate = releases.candidate, version == candidate.version {
                role = "  candidate for \((candidate.share * 100).formatted(digits: 1)) % of the devices"
            }
            return "  \(version.prefix(16))\(role)"
        }
        return ([model] + lines).joined(separator: "\n")
    }
}
