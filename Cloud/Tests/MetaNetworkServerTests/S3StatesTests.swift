import Foundation
import Testing

@testable import MetaNetworkServer

@Suite(
    "States of a run in S3",
    .serialized,
    .enabled(if: SeaweedServer.isInstalled, "make setup-tests"),
    SeaweedTrait()
)
struct S3StatesTests {
    private let prefix = UUID().uuidString
    private let fixture = ServerFixture()

    private var server: SeaweedServer { get throws { try #require(SeaweedServer.current) } }

    private func states() async throws -> ObjectStates {
        let states = ObjectStates(try server.store(prefix), partBytes: 1 << 20)
        try await states.begin(goesOn: true)
        try await states.claim()
        return states
    }

    @Test(
        "of several parts are read as they were written, also where the server was cut off while they were, by one run alone"
    )
    func parts() async throws {
        let folder = try fixture.makeFolder()
        let (written, read) = (folder.appendingPathComponent("written"), folder.appendingPathComponent("read"))
        func found(by states: ObjectStates) async throws -> Data? {
            try Data().write(to: read)
            return try await states.fetch("state", to: read) ? Data(contentsOf: read) : nil
        }
        let contents = [UInt32(0), 1].map { first in
            Array(first..<first + (5 << 18)).withUnsafeBytes { Data($0) } + Data("end".utf8)
        }
        let one = try await states()
        try contents[0].write(to: written)
        try await one.write("state", from: written)
        #expect(try await found(by: one) == contents[0])
        try contents[1].write(to: written)
        let server = try server
        async let isBack: Void = {
            try await Task.sleep(for: .milliseconds(30))
            try await server.stop()
            try await Task.sleep(for: .seconds(12))
            try await server.start()
        }()
        try await one.write("state", from: written)
        try await isBack
        let other = try await states()
        #expect(try await found(by: other) == contents[1])
        let error = await #expect(throws: StateConflict.self) { try await one.write("state", from: written) }
        #expect(error?.description.contains("was written by another run meanwhile") == true)
        #expect(try await found(by: other) == contents[1])
        try contents[0].write(to: written)
        try await other.write("state", from: written)
        #expect(try await found(by: states()) == contents[0])
        // A record, and six parts: what was left of those before is gone.
        #expect(try await server.store(prefix).list("", isDeep: true).objects.count == 7)
    }
}
