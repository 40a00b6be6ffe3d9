import Foundation
import Logging
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkTraining
import MetaNetworkWire

/// What real devices learn together, as a file describes it: the simulator's method behind the service's rounds.
struct ServedFederation {
    private let file: URL
    private let merged: MergedSettings
    private let own: FederationSettings
    private let plan: FederatedPlan
    private let seed: UInt64
    private let start: Start

    /// What devices begin with.
    private struct Start {
        let name: String?
        let architecture: Architecture
        let outputs: BundleManifest.Outputs
        let parameters: [Float]
    }

    /// Reads the file and what it names.
    ///
    /// - Throws: ``ConfigurationError``, `DeviceModelError` where devices cannot learn all of the model, or why the bundle cannot be read.
    init(contentsOf file: URL) throws {
        self.file = file
        merged = try FederationSettings.read(file)
        own = merged.values()
        plan = merged.values(FederateSettings.self).plan
        seed = merged.values(TrainingConfiguration.self).seed
        guard FederationSettings.methods.contains(plan.method) else {
            throw ConfigurationError(
                "\(file.path): method is '\(plan.method.rawValue)', which real devices do not learn by; use one of "
                    + FederationSettings.methods.map(\.rawValue).joined(separator: ", ")
            )
        }
        guard let start = own.start else {
            throw ConfigurationError(
                "\(file.path): 'start' is missing: give the folder of a bundle, or an architecture in JSON"
            )
        }
        self.start =
            try start.hasSuffix(".json")
            ? Self.drawn(start, own.classes, seed: seed, file) : Self.bundle(start, own.classes, file)
        try LocalTraining.check(self.start.architecture)
    }

    private static func drawn(_ path: String, _ classes: [String]?, seed: UInt64, _ file: URL) throws -> Start {
        let architecture = try ArchitectureSource.file(path)
        let graph = try ModelGraph(architecture)
        guard let classes, classes.count == graph.outputWidth else {
            throw ConfigurationError(
                "\(file.path): 'classes' names \(classes?.count ?? 0), and the model \(path) tells \(graph.outputWidth); name each of them, "
                    + "with commas between them"
            )
        }
        let outputs = BundleManifest.Outputs(kind: .classification, names: classes)
        let parameters = try ParameterSet.drawn(for: graph, seed: seed).values()
        return Start(name: nil, architecture: architecture, outputs: outputs, parameters: parameters)
    }

    private static func bundle(_ path: String, _ classes: [String]?, _ file: URL) throws -> Start {
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: path))
        guard classes == nil else {
            throw ConfigurationError("\(file.path): 'classes' are those of the bundle \(path); leave them out")
        }
        guard let outputs = bundle.manifest.outputs else {
            throw DeviceModelError.ranksItems(bundle.manifest.name)
        }
        guard bundle.prompt == nil else {
            throw ConfigurationError(
                "\(file.path): the bundle \(path) has a prompt, which devices would not add when they learn; start from one without"
            )
        }
        let architecture = bundle.manifest.architecture
        guard let parameters = try ModelGraph(architecture).values(of: bundle.deviceWeights) else {
            preconditionFailure("a bundle that was read has the tensors of its model")
        }
        return Start(
            name: bundle.manifest.name,
            architecture: architecture,
            outputs: outputs,
            parameters: parameters
        )
    }

    /// Opens the federation.
    ///
    /// - Parameter registry: Receives the versions.
    func open(_ registry: any BundleStore, _ logger: Logger) throws -> Federation {
        guard let place = own.publisherKey else {
            throw ConfigurationError(
                "\(file.path): 'publisher-key' is missing: make a key of the federation's own with metanetwork keys new FILE --publisher, "
                    + "for devices to tell its versions from forged ones"
            )
        }
        let key = try PublisherKey(contentsOf: URL(fileURLWithPath: place))
        let method = try plan.makeMethod()
        let configuration = try configuration(work: plan.work(of: method))
        return try Federation(
            configuration,
            ServedMethod(method: method),
            start: start.parameters,
            logger: logger
        ) { [self] model, round in
            // What devices have already is not replaced by where learning begins.
            if round == 0, try await registry.findReleases(of: configuration.model) != nil { return }
            try await publish(model, round, configuration.model, to: registry, by: key)
        }
    }

    private func configuration(work: LocalWork) throws -> FederationConfiguration {
        guard let name = own.name ?? start.name else {
            throw ConfigurationError("\(file.path): 'name' is missing: give the name of the model in the registry")
        }
        guard let folder = own.folder else {
            throw ConfigurationError("\(file.path): 'folder' is missing: give the folder of the federation's state")
        }
        var result = FederationConfiguration(
            model: name,
            architecture: start.architecture,
            outputs: start.outputs,
            work: work,
            folder: URL(fileURLWithPath: folder)
        )
        result.codec = try UpdateCodec(density: own.density, bits: own.bits, selection: plan.selection)
        result.usesErrorFeedback = plan.usesErrorFeedback
        result.clipNorm = own.clipNorm > 0 ? own.clipNorm : nil
        result.normBound = plan.normBound > 0 ? plan.normBound : .infinity
        (result.mostExamples, result.devices, result.quorum) = (own.mostExamples, plan.atOnce, own.quorum)
        (result.seconds, result.retrySeconds) = (own.deadline, own.retry)
        (result.rounds, result.publishedEvery, result.seed) = (plan.models, own.publishedEvery, seed)
        return result
    }

    /// For how long the federation vouches for a version: it makes the next one long before, and devices must not run out where it ends.
    private static let validity = 365 * 86_400

    private func publish(
        _ model: [Float],
        _ round: Int,
        _ name: String,
        to registry: any BundleStore,
        by key: PublisherKey
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("federated-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var record = merged.record()
        record["round"] = "\(round)"
        let bundle = FederatedBundle(
            architecture: start.architecture,
            parameters: model,
            contents: .outputs(start.outputs, digest: "")
        )
        _ = try bundle.write(name: name, metrics: [:], settings: record, to: folder)
        try await registry.publish(BundleContents(contentsOf: folder), signing: .by(key, seconds: Self.validity))
    }
}

/// The simulator's method behind the service's rounds.
private struct ServedMethod: RoundMethod {
    var method: any FederatedMethod

    mutating func aggregate(_ arrived: [ReceivedUpdate], into model: inout [Float], round: Int) {
        let arrivals = arrived.map {
            Arrival(
                device: $0.device,
                examples: $0.examples,
                version: round,
                start: model,
                update: $0.update,
                gradient: $0.gradient,
                loss: $0.loss
            )
        }
        method.aggregate(arrivals, into: &model, version: round)
    }
}
