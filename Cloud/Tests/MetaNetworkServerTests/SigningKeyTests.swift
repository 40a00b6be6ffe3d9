import Foundation
import Testing

@testable import MetaNetworkServer

@Suite("A signing key")
struct SigningKeyTests {
    private let fixture = ServerFixture()

    @Test("is written to a new file for its owner alone, whatever the umask, and read again")
    func writing() throws {
        let file = try fixture.makeFolder().appendingPathComponent("signing")
        let key = SigningKey()
        try key.write(to: file)
        #expect(try SigningKey(contentsOf: file).publicKey == key.publicKey && key.id.count == 16)
        #expect(try mode(file) == 0o600)
        // A second one takes nobody's place.
        let before = try Data(contentsOf: file)
        let error = #expect(throws: ConfigurationProblem.self) { try SigningKey().write(to: file) }
        #expect(error?.description.contains("is there already") == true)
        #expect(try Data(contentsOf: file) == before)
        let nowhere = file.deletingLastPathComponent().appendingPathComponent("no/folder")
        #expect(throws: ConfigurationProblem.self) { try SigningKey().write(to: nowhere) }
    }

    @Test("that is not there is not made, and the way to make it is named")
    func missing() throws {
        let file = try fixture.makeFolder().appendingPathComponent("signing")
        let error = #expect(throws: ConfigurationProblem.self) { try SigningKey(contentsOf: file) }
        #expect(error?.description.contains("metanetwork keys new") == true)
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    @Test("that cannot be read, that others may read, or that is none is refused and left as it is")
    func refused() throws {
        let folder = try fixture.makeFolder()
        let good = folder.appendingPathComponent("good")
        try SigningKey().write(to: good)
        let text = try Data(contentsOf: good)
        for (name, bytes, mode) in [
            ("group", text, 0o640), ("all", text, 0o604), ("written", text, 0o620),
            ("rubbish", Data("rubbish".utf8), 0o600),
            ("empty", Data(), 0o600), ("locked", text, 0o000),
        ] {
            // Nothing is locked to root.
            if name == "locked", geteuid() == 0 { continue }
            let file = folder.appendingPathComponent(name)
            try bytes.write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            let error = #expect(throws: ConfigurationProblem.self, "\(name)") { try SigningKey(contentsOf: file) }
            #expect(
                error?.description.contains(file.path) == true && error?.description.contains("there is no") == false
            )
            #expect(try self.mode(file) == mode)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
            #expect(try Data(contentsOf: file) == bytes, "\(name)")
        }
        // Errors of the system that do not mean that there is none.
        let loop = folder.appendingPathComponent("loop")
        try FileManager.default.createSymbolicLink(atPath: loop.path, withDestinationPath: loop.path)
        for file in [folder, loop, good.appendingPathComponent("inside")] {
            let error = #expect(throws: ConfigurationProblem.self) { try SigningKey(contentsOf: file) }
            #expect(error?.description.hasPrefix("the signing key \(file.path)") == true)
        }
        #expect(mkfifo(folder.appendingPathComponent("pipe").path, 0o600) == 0)
        #expect(throws: ConfigurationProblem.self) { try SigningKey(contentsOf: folder.appendingPathComponent("pipe")) }
    }

    @Test("that is refused keeps a service from starting, in place of a new one")
    func service() async throws {
        let file = try fixture.makeFolder().appendingPathComponent("signing")
        var configuration = ServerConfiguration()
        configuration.signingKeyFile = file
        await #expect(throws: ConfigurationProblem.self) { _ = try await fixture.service(configuration) }
        let key = SigningKey()
        try key.write(to: file)
        #expect(try await fixture.service(configuration).key.publicKey == key.publicKey)
    }

    private func mode(_ file: URL) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
    }
}
