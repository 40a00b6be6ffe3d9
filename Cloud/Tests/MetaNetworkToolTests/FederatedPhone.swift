import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData

/// What a phone of a test is told.
struct PhoneJob: Codable, Sendable {
    let server: String
    /// The service's key as ID=BASE64.
    let key: String
    let appKey: String
    let folder: String
    /// Which examples it has.
    let shard: Int
    let rounds: Int

    /// The job as a process is given it.
    var text: String {
        guard let data = try? JSONEncoder().encode(self) else { preconditionFailure("a job is JSON") }
        return String(decoding: data, as: UTF8.self)
    }

    /// Where the phone notes its number in the federation.
    var note: URL { URL(fileURLWithPath: folder).appendingPathComponent("number") }
    /// Where it notes its process, once it has learned and is about to send.
    var process: URL { URL(fileURLWithPath: folder).appendingPathComponent("process") }

    /// Kills the phone once it has learned.
    func kill() async throws {
        for _ in 0..<6000 {
            if let data = FileManager.default.contents(atPath: process.path),
                let number = Int32(String(decoding: data, as: UTF8.self))
            {
                _ = Foundation.kill(number, SIGKILL)
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CancellationError()
    }
}

/// A phone with the SDK, in a process of its own.
struct FederatedPhone {
    private let job: PhoneJob

    init(_ text: String) throws {
        job = try JSONDecoder().decode(PhoneJob.self, from: Data(text.utf8))
        // Where the parent dies first, nobody else ends it.
        DispatchQueue.global().asyncAfter(deadline: .now() + 300) { exit(1) }
    }

    /// Learns in as many rounds as the job says.
    func takePart() async throws {
        let report = try await model(URLSessionTransport()).federate(
            PhoneExamples.labelled(shard: job.shard),
            rounds: job.rounds,
            seconds: 280
        )
        guard report.rounds == job.rounds, let device = report.device else { exit(2) }
        try Data("\(device)".utf8).write(to: job.note, options: .atomic)
    }

    /// Learns, and waits to be killed in place of sending what it learned.
    func learnAndWait() async throws {
        let transport = WaitingTransport(process: job.process)
        _ = try await model(transport).federate(PhoneExamples.labelled(shard: job.shard), seconds: 280)
    }

    private func model(_ transport: any Transport) async throws -> PersonalModel {
        let parts = job.key.split(separator: "=", maxSplits: 1).map(String.init)
        guard let server = URL(string: job.server) else { throw URLError(.badURL) }
        let key = try PinnedKey(id: parts[0], base64: parts[1])
        var configuration = PersonalModel.Configuration(trust: .keys([key], publishers: []))
        configuration.credentials = .appKey(job.appKey)
        configuration.policy = AnyOf([])
        configuration.sharesUpdates = true
        configuration.transport = transport
        return try await PersonalModel(
            server: server,
            model: "patterns",
            directory: URL(fileURLWithPath: job.folder),
            configuration: configuration
        )
    }

    /// Notes the process and never sends the update.
    private struct WaitingTransport: Transport {
        let process: URL
        let network = URLSessionTransport()

        func send(_ request: TransportRequest) async throws -> TransportResponse {
            guard request.url.lastPathComponent == "updates" else { return try await network.send(request) }
            let number = "\(ProcessInfo.processInfo.processIdentifier)"
            try Data(number.utf8).write(to: process, options: .atomic)
            try await Task.sleep(for: .seconds(300))
            throw URLError(.timedOut)
        }
    }
}

/// Small images of three patterns, so many for each phone; the same wherever they are made.
enum PhoneExamples {
    static let classes = ["lines", "columns", "dots"]
    static let (height, width, each) = (6, 6, 14)

    /// A convolution, pooling and two dense layers; all of it is learned.
    static let architecture = Architecture(
        name: "patterns",
        inputs: [.image("image", channels: 1, height: height, width: width)],
        nodes: [
            .init("edges", .convolution(filters: 4, kernel: 3, activation: .relu), "image"),
            .init("half", .pooling(.max, size: 2, stride: 2), "edges"),
            .init("features", .flatten, "half"),
            .init("hidden", .dense(units: 6, activation: .tanh), "features"),
            .init("logits", .dense(units: 3, dynamic: true), "hidden"),
        ],
        output: "logits"
    )

    /// The examples of a phone; those of one class are more than others.
    static func examples(shard: Int) -> (values: [[Float]], labels: [Int]) {
        var random = SeededGenerator(seed: 77, stream: UInt64(shard))
        // Phones have different numbers of them.
        let labels = (0..<each + shard % 5).map { $0 % 4 == 3 ? shard % 3 : $0 % 4 }
        let values = labels.map { label -> [Float] in
            (0..<height * width).map { place in
                let (row, column) = (place / width, place % width)
                let isSet = [row % 2 == 0, column % 2 == 0, (row + column) % 2 == 0][label]
                return (isSet ? 1 : 0) + 0.5 * (random.uniform() - 0.5)
            }
        }
        return (values, labels)
    }

    static func labelled(shard: Int) -> [LabelledInput] {
        let (values, labels) = examples(shard: shard)
        return zip(values, labels).map { LabelledInput($0, label: classes[$1]) }
    }
}
