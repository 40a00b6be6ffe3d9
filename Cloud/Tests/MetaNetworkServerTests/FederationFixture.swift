import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MetaNetwork
import MetaNetworkWire
import NIOCore
import Synchronization
import Testing

@testable import MetaNetworkServer

/// A federation of a model of nine parameters, whose rounds take the mean of what arrived.
final class FederationFixture: Sendable {
    private let fixture = ServerFixture()
    let clock = TestClock(0)
    private let versions = Mutex<[Int: [Float]]>([:])
    private let fails = Mutex(false)

    /// Models that were published, by round.
    var published: [Int: [Float]] { versions.withLock { $0 } }
    /// Has publishing fail from now on, or not.
    func failPublishing(_ value: Bool) { fails.withLock { $0 = value } }

    static let architecture = Architecture(
        name: "small",
        inputs: [.vector("x", width: 2)],
        nodes: [.init("logits", .dense(units: 3, dynamic: true), "x")],
        output: "logits"
    )
    static let count = 9

    func configuration(_ change: (inout FederationConfiguration) -> Void = { _ in }) -> FederationConfiguration {
        var configuration = FederationConfiguration(
            model: "digits",
            architecture: Self.architecture,
            outputs: .init(kind: .classification, names: ["a", "b", "c"]),
            work: LocalWork(epochs: 1, batch: 2, rate: 0.1),
            folder: fixture.folder.appendingPathComponent("federation")
        )
        (configuration.devices, configuration.quorum, configuration.rounds) = (3, 2, 4)
        (configuration.seconds, configuration.publishedEvery) = (60, 2)
        change(&configuration)
        return configuration
    }

    func federation(_ change: (inout FederationConfiguration) -> Void = { _ in }) throws -> Federation {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try Federation(
            configuration(change),
            MeanMethod(),
            start: [Float](repeating: 1, count: Self.count),
            uptime: { [clock] in Double(clock.now()) },
            logger: logger
        ) { [self] model, round in
            if fails.withLock({ $0 }) { throw RegistryError("the disk is full") }
            versions.withLock { $0[round] = model }
        }
    }

    static let appKey = "0123456789abcdef"

    /// A service that has the federation.
    func service(_ federation: Federation, tokens: Bool = true) async throws -> MetaNetworkService {
        var configuration = ServerConfiguration()
        if tokens {
            let secret = [UInt8](repeating: 1, count: 32)
            configuration.authentication = .tokens(appKeys: [Self.appKey], secret: secret)
        }
        return try await fixture.service(configuration, federation: federation)
    }

    /// A mean of what arrived.
    private struct MeanMethod: RoundMethod {
        func aggregate(_ arrived: [ReceivedUpdate], into model: inout [Float], round: Int) {
            for place in model.indices {
                model[place] += arrived.reduce(0) { $0 + $1.update[place] } / Float(arrived.count)
            }
        }
    }
}

/// A device that speaks HTTP and learns nothing.
struct FederatedDevice {
    let client: any TestClientProtocol
    let token: String

    init(_ client: any TestClientProtocol, _ name: String) async throws {
        self.client = client
        let body = #"{"device":"\#(name)"}"#
        let answer = try await client.post("/v1/tokens", body, token: FederationFixture.appKey)
        token = try JSONDecoder().decode(DeviceToken.self, from: Data(answer.bytes)).token
    }

    init(_ client: any TestClientProtocol, token: String) { (self.client, self.token) = (client, token) }

    static var path: String { "/v1/models/digits/federation" }

    func join(examples: Int = 5) async throws -> TestResponse {
        let body = #"{"examples":\#(examples),"nonce":"12345678"}"#
        return try await client.post("\(Self.path)/turns", body, token: token)
    }

    func turn(examples: Int = 5) async throws -> FederatedTurn {
        let response = try await join(examples: examples)
        try #require(response.status == .ok, "\(String(decoding: response.bytes, as: UTF8.self))")
        return try JSONDecoder().decode(FederatedTurn.self, from: Data(response.bytes))
    }

    func get(_ path: String) async throws -> TestResponse {
        try await client.execute(
            uri: "\(Self.path)\(path)",
            method: .get,
            headers: [.authorization: "Bearer \(token)"]
        )
    }

    func send(message bytes: [UInt8], round: Int) async throws -> TestResponse {
        try await client.execute(
            uri: "\(Self.path)/rounds/\(round)/updates",
            method: .post,
            headers: [.authorization: "Bearer \(token)", .contentType: "application/octet-stream"],
            body: ByteBuffer(bytes: bytes)
        )
    }

    func send(_ values: [Float], round: Int) async throws -> TestResponse {
        try await send(message: Self.message(values), round: round)
    }

    static func message(_ values: [Float], gradient: [Float]? = nil) -> [UInt8] {
        var random = UpdateCodec.random(seed: 1, device: 0, turn: 1, isUpdate: true)
        let encoded = UpdateCodec.whole.encoded(values, random: &random)
        return FederatedUpdate(loss: 0.5, encoded: encoded, gradient: gradient).bytes
    }
}
