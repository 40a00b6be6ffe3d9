import ArgumentParser
import Foundation
import MetaNetworkServer
import MetaNetworkTraining

/// The folder of published bundles.
struct RegistryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of published bundles.", valueName: "directory"))
    var registry: String

    var folder: Registry { Registry(URL(fileURLWithPath: registry)) }
}

/// `metanetwork publish`: a bundle into a registry.
struct Publish: ParsableCommand {
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

    @OptionGroup var registry: RegistryOptions

    @Option(help: "Share of the devices that get it first, 5% or 0.05; without it all do.")
    var share: Share?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let folder = URL(fileURLWithPath: bundle)
        // Everything that a service would check, before it can be asked for.
        _ = try ParameterGenerator(ModelBundle(contentsOf: folder))
        let published = try registry.folder.publish(folder, share: share?.value)
        try RegistryState(registry.folder, published.model).show(output)
    }
}

/// `metanetwork promote`: the candidate becomes current.
struct Promote: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the candidate of a model its current version.",
        discussion: "Example:\n  metanetwork promote movies --registry registry"
    )

    @Argument(help: "Name of the model.")
    var model: String

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        _ = try registry.folder.promote(model)
        try RegistryState(registry.folder, model).show(output)
    }
}

/// `metanetwork rollback`: back to what was.
struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Drop the candidate of a model; without one, go back to the version before the current one.",
        discussion: "Example:\n  metanetwork rollback movies --registry registry"
    )

    @Argument(help: "Name of the model.")
    var model: String

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        _ = try registry.folder.rollback(model)
        try RegistryState(registry.folder, model).show(output)
    }
}

/// `metanetwork list`: what a registry holds.
struct ListModels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the models of a registry and their versions.",
        discussion: "Example:\n  metanetwork list --registry registry"
    )

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let states = try registry.folder.models().map { try RegistryState(registry.folder, $0) }
        guard !output.json else { return try output.printJSON(states) }
        for state in states { print(state.text) }
    }
}

/// A model of a registry, as the commands show it.
private struct RegistryState: Encodable {
    let model: String
    let releases: Releases
    let versions: [String]

    init(_ registry: Registry, _ model: String) throws {
        self.model = model
        releases = try registry.releases(of: model)
        versions = try registry.versions(of: model).map(\.version)
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
