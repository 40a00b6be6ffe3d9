import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkTraining

/// `metanetwork simulate`: held-out users as devices, over real HTTP.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replay held-out users as devices with the real SDK against a service.",
        discussion: """
            A device has its user's past, ranks before each held-out interaction and refreshes as its policy says: every-N \
            samples, drift-X (cosine distance), interval-SECONDS, never. The lists are those of `metanetwork evaluate`. With --registry \
            a service is started for the purpose, and killed and started again --restarts times; with --server it is yours, and \
            METANETWORK_APP_KEY is the key that it takes.

            Of a model over vectors or images, held-out devices record their unlabelled samples, refresh before each block of inputs, \
            and classify them; --policies and --upload have no meaning then.

            Examples:
              metanetwork simulate --registry registry --data ml-100k --devices 200 --out runs/simulation
              metanetwork simulate --registry registry --data ml-100k --packet-loss 5% --offline 20% --restarts 3
              metanetwork simulate --registry registry --task images --data mnist-5k --out runs/digits-simulation
              metanetwork simulate --server http://localhost:8080 --data ml-100k --policies every-1,every-20
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var service: SimulationServiceOptions

    @Option(help: "Most devices (default: every user).")
    var devices: Int?

    @Option(help: "Policies, with commas between them.")
    var policies: String = "every-1,every-5,every-20,drift-0.05"

    @Option(
        help: ArgumentHelp(
            "Compare with this bundle's model, on the same data, and not with devices that never refresh.",
            valueName: "bundle"
        )
    )
    var base: String?

    @Option(help: "Simulated seconds from one interaction to the next.")
    var interval: Int = 3600

    @Option(help: "What devices upload: ids or embeddings.")
    var upload: Upload = .ids

    @Option(help: "How the weights travel: f32, f16 or int8.")
    var payload: PayloadFormat = .float16

    @Flag(help: "Devices share their samples with the service.")
    var shareSamples = false

    @Option(help: ArgumentHelp("Requests that are lost.", valueName: "share"))
    var packetLoss: Share = Share(0)

    @Option(help: ArgumentHelp("Time that a device is offline.", valueName: "share"))
    var offline: Share = Share(0)

    @Option(help: "Devices at the same time.")
    var concurrency: Int = 8

    @Option(help: "Chooses devices, losses and offline phases.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Folder for report.html and report.json.", valueName: "directory"))
    var out: String?

    enum Upload: String, ExpressibleByArgument, CaseIterable { case ids, embeddings }

    func validate() throws {
        guard (service.server == nil) != (service.registry == nil) else {
            throw ValidationError("give --server URL or --registry DIR")
        }
        guard service.registry != nil || (service.restarts == 0 && service.events == nil) else {
            throw ValidationError(
                "--restarts and --events need --registry: a service at a --server is not ours to kill"
            )
        }
        guard devices.map({ $0 > 0 }) ?? true, interval > 0, concurrency > 0, service.restarts >= 0 else {
            throw ValidationError("--devices, --interval and --concurrency must be 1 or more, --restarts 0 or more")
        }
    }

    func run() async throws {
        let policies = try policies.split(separator: ",").map { try SimulatedPolicy(named: String($0)) }
        let out = out.map { URL(fileURLWithPath: $0) }
        let charts = try out.map { folder in
            try ReportFiles.prepare(folder)
            return try ReportAssets.plotly()
        }
        let work = FileManager.default.temporaryDirectory.appendingPathComponent("metanetwork-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: work) }
        let process = try await service.start(work)
        defer { process?.stop() }
        let connection = try await SimulationConnection(self, process)
        guard connection.served.manifest.outputs == nil else {
            let report = try await EpisodeSimulation(self, connection, process, work).report()
            return try show(report, report.text, out) { EpisodeSimulationPage(report).html(plotly: charts ?? "") }
        }
        let report = try await SimulationRun(self, policies, connection, process, work).report()
        try show(report, SimulationTable(report).text(), out) { SimulationPage(report).html(plotly: charts ?? "") }
    }

    private func show(_ report: some Encodable, _ text: String, _ out: URL?, page: () -> String) throws {
        if let out { try ReportFiles.write(report, page: page(), to: out) }
        if output.json { return try output.printJSON(report) }
        print(text)
        if let out { print("report: \(out.appendingPathComponent("report.html").path)") }
    }
}

/// Which service the devices talk to.
struct SimulationServiceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A running service.", valueName: "url"))
    var server: String?

    @Option(help: ArgumentHelp("Start a service of this registry.", valueName: "directory"))
    var registry: String?

    @Option(help: "Name of the model (default: the only one).")
    var model: String?

    @Option(
        help: ArgumentHelp("Public key of the --server; without it signatures are not checked.", valueName: "id=base64")
    )
    var key: String?

    @Option(help: "Kill the service so many times in the middle, and start it again.")
    var restarts: Int = 0

    @Option(help: ArgumentHelp("SQLite file for the samples that devices share.", valueName: "file"))
    var events: String?

    /// Starts a service where there is a registry.
    func start(_ folder: URL) async throws -> ServiceProcess? {
        guard let registry else { return nil }
        return try await ServiceProcess(registry: registry, events: events, folder: folder)
    }

    /// Where the service is, whose answers to believe, and the key that it takes.
    func address(_ process: ServiceProcess?) throws -> (server: URL, trust: Trust, appKey: String?) {
        if let process { return (process.server, .keys([process.key]), process.appKey) }
        guard let server, let url = URL(string: server), url.host != nil else {
            throw ConfigurationError("--server is '\(server ?? "")'; give http://HOST:PORT or https://HOST")
        }
        let appKey = ProcessInfo.processInfo.environment["METANETWORK_APP_KEY"]
        guard let key else { return (url, .unsigned, appKey) }
        let parts = key.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else {
            throw ConfigurationError("--key is '\(key)'; give ID=BASE64 as `metanetwork serve` prints them")
        }
        return (url, .keys([try PinnedKey(id: String(parts[0]), base64: String(parts[1]))]), appKey)
    }
}

extension PayloadFormat: @retroactive ExpressibleByArgument {}
