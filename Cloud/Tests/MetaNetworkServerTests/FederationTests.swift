import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("A federation")
struct FederationTests {
    private let fixture = FederationFixture()
    private static let ones = [Float](repeating: 1, count: FederationFixture.count)

    private func status(_ client: any TestClientProtocol, _ token: String) async throws -> FederationStatus {
        let response = try await FederatedDevice(client, token: token).get("")
        return try JSONDecoder().decode(FederationStatus.self, from: Data(response.bytes))
    }

    @Test("gives signed turns with all that a device needs, and ends a round with the updates of all its devices")
    func round() async throws {
        let federation = try fixture.federation()
        try await fixture.service(federation).application().test(.router) { client in
            var devices: [FederatedDevice] = []
            for name in ["device-a", "device-b", "device-c"] { devices.append(try await .init(client, name)) }
            for (number, device) in devices.enumerated() {
                let response = try await device.join()
                #expect(response.headers[.responseSignature] != nil)
                let turn = try await device.turn()
                #expect(turn.device == number && turn.round == 0 && turn.rounds == 4 && turn.nonce == "12345678")
                #expect(turn.architecture == FederationFixture.architecture && turn.outputs.names == ["a", "b", "c"])
                #expect(turn.seconds == 60 && turn.work == LocalWork(epochs: 1, batch: 2, rate: 0.1))
                let model = try await device.get("/rounds/0/model")
                #expect(model.bytes.count == turn.weights.bytes && model.headers[.eTag] == "\"\(turn.weights.sha256)\"")
                let weights = try SafeTensors.decode(model.bytes).weights
                #expect(weights["logits.weight"]?.values == [Float](repeating: 1, count: 6))
            }
            for (number, device) in devices.enumerated() {
                let response = try await device.send(Self.ones.map { $0 * Float(number) }, round: 0)
                let receipt = try JSONDecoder().decode(FederatedReceipt.self, from: Data(response.bytes))
                #expect(receipt == FederatedReceipt(round: 0, arrived: number + 1))
            }
            let now = try await status(client, devices[0].token)
            #expect(now.round == 1 && now.arrived == 0 && now.joined == 0 && now.missing == 2 && !now.isOver)
            // The mean of 0, 1 and 2 was added.
            let turn = try await devices[2].turn()
            #expect(turn.device == 2 && turn.round == 1)
            let model = try await devices[2].get("/rounds/1/model")
            #expect(try SafeTensors.decode(model.bytes).weights["logits.bias"]?.values == [2, 2, 2])
        }
    }

    @Test("has places for so many devices a round; others are told when to ask again, as are those that have delivered")
    func full() async throws {
        try await fixture.service(fixture.federation()).application().test(.router) { client in
            for name in ["device-a", "device-b", "device-c"] {
                _ = try await FederatedDevice(client, name).turn()
            }
            let late = try await FederatedDevice(client, "device-d").join()
            #expect(late.status == .tooManyRequests && late.headers[.retryAfter] == "10")
            #expect(try late.problem().type == "urn:metanetwork:problem:round-full")
            let first = try await FederatedDevice(client, "device-a")
            #expect(try await first.send(Self.ones, round: 0).status == .ok)
            #expect(try await first.join().status == .tooManyRequests)
        }
    }

    @Test("ends a round at its deadline without the devices that never answered")
    func deadline() async throws {
        let federation = try fixture.federation()
        try await fixture.service(federation).application().test(.router) { client in
            var devices: [FederatedDevice] = []
            for name in ["device-a", "device-b", "device-c"] { devices.append(try await .init(client, name)) }
            for device in devices { _ = try await device.turn() }
            for device in devices.dropLast() { #expect(try await device.send(Self.ones, round: 0).status == .ok) }
            fixture.clock.advance(59)
            await federation.tend()
            #expect(try await status(client, devices[0].token).round == 0)
            fixture.clock.advance(1)
            await federation.tend()
            #expect(try await status(client, devices[0].token).round == 1)
            // What came too late is refused, and the device has its turn in the next round.
            let late = try await devices[2].send(Self.ones, round: 0)
            #expect(late.status == .conflict)
            #expect(try late.problem().type == "urn:metanetwork:problem:round-over")
            #expect(try await devices[2].turn().round == 1)
        }
    }

    @Test("waits where fewer devices come than a round needs, says so, and gives the places of silent ones away")
    func waits() async throws {
        let federation = try fixture.federation()
        try await fixture.service(federation).application().test(.router) { client in
            let (a, b) = (try await FederatedDevice(client, "device-a"), try await FederatedDevice(client, "device-b"))
            for device in [a, b] { _ = try await device.turn() }
            _ = try await FederatedDevice(client, "device-c").turn()
            #expect(try await a.send(Self.ones, round: 0).status == .ok)
            for _ in 0..<3 {
                fixture.clock.advance(60)
                await federation.tend()
                let now = try await status(client, a.token)
                #expect(now.round == 0 && now.joined == 1 && now.arrived == 1 && now.missing == 1)
            }
            // Another device has the place of a silent one; the silent one's update counts all the same.
            #expect(try await FederatedDevice(client, "device-d").turn().device == 3)
            #expect(try await b.send(Self.ones, round: 0).status == .ok)
            fixture.clock.advance(60)
            await federation.tend()
            #expect(try await status(client, a.token).round == 1)
        }
    }

    @Test("shows in the metrics which round is open, who has joined, and how many updates it waits for")
    func metrics() async throws {
        _ = try await fixture.service(fixture.federation())
        let federation = try fixture.federation { $0.model = "waiting" }
        _ = try await federation.join("device-a", FederatedTurnRequest(examples: 3, nonce: "12345678"))
        let text = ServerFixture.metrics.text
        for line in [
            #"round{model="waiting"} 0"#, #"missing{model="waiting"} 2"#,
            #"devices{model="waiting",state="joined"} 1"#, #"devices{model="waiting",state="arrived"} 0"#,
        ] { #expect(text.contains("metanetwork_federated_\(line)"), "\(line)") }
    }

    @Test("publishes where it begins, each of some rounds and its last model, and tries again where that fails")
    func publishing() async throws {
        let federation = try fixture.federation { ($0.devices, $0.quorum) = (1, 1) }
        try await fixture.service(federation).application().test(.router) { client in
            let device = try await FederatedDevice(client, "device-a")
            await federation.tend()
            #expect(fixture.published == [0: Self.ones])
            fixture.failPublishing(true)
            for round in 0..<4 {
                #expect(try await device.turn().round == round)
                #expect(try await device.send(Self.ones, round: round).status == .ok)
                await federation.tend()
                if round == 2 { fixture.failPublishing(false) }
                if round == 2 { await federation.tend() }
            }
            #expect(fixture.published == [0: Self.ones, 3: Self.ones.map { $0 * 4 }, 4: Self.ones.map { $0 * 5 }])
            let over = try await device.join()
            #expect(over.status == .gone)
            #expect(try over.problem().type == "urn:metanetwork:problem:federation-over")
            #expect(try await status(client, device.token).isOver)
        }
    }

    @Test("goes on after a restart: the model, the round and the devices' numbers; another model's state is refused")
    func restart() async throws {
        let first = try fixture.federation { ($0.devices, $0.quorum) = (1, 1) }
        try await fixture.service(first).application().test(.router) { client in
            for name in ["device-a", "device-b"] {
                let device = try await FederatedDevice(client, name)
                let turn = try await device.turn()
                #expect(try await device.send(Self.ones, round: turn.round).status == .ok)
            }
        }
        // No word of goodbye, as of a process that was killed.
        let second = try fixture.federation { ($0.devices, $0.quorum) = (1, 1) }
        try await fixture.service(second).application().test(.router) { client in
            let device = try await FederatedDevice(client, "device-b")
            let turn = try await device.turn()
            #expect(turn.round == 2 && turn.device == 1)
            let model = try await device.get("/rounds/2/model")
            #expect(try SafeTensors.decode(model.bytes).weights["logits.bias"]?.values == [3, 3, 3])
        }
        let other = #expect(throws: ConfigurationProblem.self) {
            try fixture.federation { $0.outputs.names = ["a", "b", "d"] }
        }
        #expect(other?.description.contains("another model") == true)
        let folder = fixture.configuration().folder
        try Data("{".utf8).write(to: folder.appendingPathComponent("state.json"))
        let damaged = #expect(throws: ConfigurationProblem.self) { try fixture.federation() }
        #expect(damaged?.description.contains("is damaged") == true)
    }

    @Test("needs tokens, and numbers that go together")
    func settings() async throws {
        let federation = try fixture.federation()
        await #expect(throws: ConfigurationProblem.self) { try await fixture.service(federation, tokens: false) }
        #expect(throws: ConfigurationProblem.self) { try fixture.federation { $0.quorum = 4 } }
        #expect(throws: ConfigurationProblem.self) { try fixture.federation { $0.model = "no/name" } }
        #expect(throws: ConfigurationProblem.self) { try fixture.federation { ($0.clipNorm, $0.normBound) = (2, 1) } }
    }
}
