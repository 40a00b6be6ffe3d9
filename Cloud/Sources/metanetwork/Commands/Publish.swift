import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkMarkup
import MetaNetworkModels
import MetaNetworkPublishing
import MetaNetworkServer
import MetaNetworkServing
import MetaNetworkSettings

/// `metanetwork publish`: a bundle into a registry.
struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a bundle into a registry, for all devices or for a share of them.",
        discussion: """
            Running services notice within a second, load the version beside the old one and switch to it. Devices run what a publisher has \
            signed whose key they pin; a cloud model never reaches them, and is not signed.

            Examples:
              metanetwork keys new keys/publisher --publisher
              metanetwork publish runs/movies --registry registry --publisher-key keys/publisher
              metanetwork publish runs/movies --registry registry --publisher-key keys/publisher --share 5%
              metanetwork publish runs/movies --registry registry --publisher-key keys/publisher --rollout 24h --base-precision f16
              metanetwork publish runs/movies --registry registry --unsigned --keep 5
              metanetwork publish runs/movies --registry registry --publisher-key keys/publisher --onnx
              metanetwork publish runs/movies --registry s3://models/live --publisher-key keys/publisher
              metanetwork publish runs/large/gestures --registry registry --cloud-model
            """
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @Flag(help: "It answers devices' inputs in the cloud, beside the version that they run; it needs no generator.")
    var cloudModel = false

    @Flag(help: "The device model as ONNX goes with it, for clients with a runtime of their own.")
    var onnx = false

    @Option(
        help: ArgumentHelp(
            "Terms under which the model may be used, for its provenance and card; as --license of train.",
            valueName: "text"
        )
    )
    var license: String?

    @OptionGroup var options: PublishOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !cloudModel || !onnx else {
            throw ValidationError("devices fetch no cloud model; leave out --onnx or --cloud-model")
        }
        guard license != "" else { throw ValidationError("--license is empty; say the terms, or leave it out") }
    }

    func run() async throws {
        // Read once: what is checked is what is stored.
        let contents = try BundleContents(contentsOf: URL(fileURLWithPath: bundle))
        let settings = try options.merged()
        let registry = try settings.registry()
        let own: PublishSettings = settings.values()
        try check(own)
        let published = try await publish(try converted(contents, own), settings, own, in: registry)
        if let keep = own.keep {
            let now = Int(Date().timeIntervalSince1970)
            for version in try await registry.prune(published.model, keeping: keep, at: now) where !output.json {
                print("removed \(version.prefix(16))")
            }
        }
        try await RegistryState(registry, published.model).show(output)
    }

    /// Refuses settings that do not go together.
    private func check(_ own: PublishSettings) throws {
        guard !cloudModel || own.share == nil else {
            throw ValidationError("a cloud model answers for all devices; leave out --share or --cloud-model")
        }
        guard own.rollout == nil || own.share == nil && !cloudModel else {
            throw ValidationError("a candidate and a cloud model are not rolled out; leave out --rollout")
        }
        guard own.basePrecision == nil || !cloudModel else {
            throw ValidationError("devices fetch no cloud model; leave out --base-precision or --cloud-model")
        }
    }

    /// The bundle with the base in the precision that devices are to fetch, and with ONNX and terms where those were asked for.
    private func converted(_ bundle: BundleContents, _ own: PublishSettings) throws -> BundleContents {
        var contents = try own.basePrecision.map { try bundle.storing(base: $0) } ?? bundle
        if onnx {
            // It computes with the weights that devices fetch, in their precision.
            let model = try ONNXExport(ModelBundle(files: contents.files)).device
            contents = try contents.storing(model.encoded(), as: BundleLayout.onnx)
        }
        guard let license else { return contents }
        let files = try ModelBundle.licensed(contents.files, as: license)
        return try BundleContents(manifest: contents.manifest, files: files)
    }

    /// Puts the bundle into the registry, once it was tried.
    private func publish(
        _ contents: BundleContents,
        _ settings: MergedSettings,
        _ own: PublishSettings,
        in registry: any BundleStore
    ) async throws -> BundleID {
        if cloudModel {
            try WarmUp.run(TorchAnswerer(ModelBundle(files: contents.files)), batchSize: 1)
            return try await registry.publishCloudModel(contents)
        }
        let signing = try settings.values(PublisherSettings.self).signing()
        try contents.checkForDevices()
        let published = try await registry.publish(
            contents,
            share: own.share?.value,
            rollout: own.rollout?.seconds,
            signing: signing
        )
        if contents.manifest.generator == nil, !output.json {
            print("the bundle has no generator: devices run its base model and ask for no weights")
        }
        return published
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
        try await RegistryState(registry, model).show(output)
    }
}

/// `metanetwork rollback`: back to what was.
struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Drop the candidate of a model; without one, go back to the last version before that services could serve.",
        discussion: """
            Devices take nothing that was signed before what they have, so an older version is signed anew (--publisher-key). The way back \
            from a candidate was signed with it.

            Examples:
              metanetwork rollback movies --registry registry --publisher-key keys/publisher
              metanetwork rollback movies --registry registry --publisher-key keys/publisher --to 935f68aa
              metanetwork rollback gestures --registry registry --cloud-model
            """
    )

    @Argument(help: "Name of the model.")
    var model: String

    @Option(
        help: ArgumentHelp("The version to go back to, or its beginning; any that `list` shows.", valueName: "version")
    )
    var to: String?

    @Flag(help: "Drop the cloud's model instead: devices answer by themselves.")
    var cloudModel = false

    @OptionGroup var options: SigningOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !cloudModel || to == nil else { throw ValidationError("give --to or --cloud-model, not both") }
    }

    func run() async throws {
        let settings = try options.merged()
        let (registry, signing) = (try settings.registry(), try settings.values(PublisherSettings.self).givenSigning())
        if cloudModel {
            try await registry.dropCloudModel(model)
        } else if let to {
            try await registry.rollback(model, to: to, signing: signing)
        } else {
            try await registry.rollback(model, signing: signing)
        }
        try await RegistryState(registry, model).show(output)
    }
}

/// `metanetwork list`: what a registry holds.
struct ListModels: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the models of a registry and their versions.",
        discussion: "Example:\n  metanetwork list --registry registry"
    )

    @Flag(help: "Show who changed what, and when, too.")
    var history = false

    @OptionGroup var options: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let registry = try options.merged().registry()
        var states: [RegistryState] = []
        for model in try await registry.models() { states.append(try await RegistryState(registry, model)) }
        guard !output.json else { return try output.printJSON(states) }
        for state in states { print((history ? "\(state.text)\n\(state.history)" : state.text).printable) }
    }
}

/// A model of a registry, as the commands show it.
private struct RegistryState: Encodable {
    let model: String
    let releases: Releases
    let versions: [String]
    /// What services say of the versions.
    let served: [String: VersionHealth]

    init(_ registry: any BundleStore, _ model: String) async throws {
        self.model = model
        releases = try await registry.releases(of: model)
        versions = try await registry.versions(of: model)
        // Notes: where they cannot be read, all else is still worth showing.
        served = (try? await registry.health(of: model)) ?? [:]
    }

    func show(_ output: OutputOptions) throws {
        if output.json { try output.printJSON(self) } else { print(text.printable) }
    }

    var text: String {
        let lines = versions.map { version -> String in
            var role = ""
            if version == releases.current {
                let share = releases.rollout?.share(at: Date().timeIntervalSince1970) ?? 1
                let reach =
                    share < 1 ? " for \((share * 100).formatted(digits: 1)) % of the devices of the version before" : ""
                role = "  current\(reach)"
            }
            if version == releases.previous { role = "  previous" }
            if version == releases.cloudModel { role = "  answers in the cloud" }
            if let candidate = releases.candidate, version == candidate.version {
                role = "  candidate for \((candidate.share * 100).formatted(digits: 1)) % of the devices"
            }
            if let health = served[version], !health.isGood { role += "  failed on \(health.by)" }
            return "  \(version.prefix(16))\(role)"
        }
        return ([model] + lines).joined(separator: "\n")
    }

    /// One line for each change, the oldest first.
    var history: String {
        releases.history.map { change in
            let time = Date(timeIntervalSince1970: Double(change.time)).formatted(.iso8601)
            let share = change.share.map { " for \(($0 * 100).formatted(digits: 1)) %" } ?? ""
            let reason = change.reason.map { ": \($0)" } ?? ""
            return "  \(time)  \(change.by)  \(change.action.rawValue) \(change.version.prefix(16))\(share)\(reason)"
        }.joined(separator: "\n")
    }
}
