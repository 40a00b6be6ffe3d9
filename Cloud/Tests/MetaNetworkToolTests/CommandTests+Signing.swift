import Foundation
import Testing

extension CommandTests {
    /// A version that a release published.
    private var bundle: String {
        get throws {
            let versions = URL(fileURLWithPath: #filePath)
                .appendingPathComponent("../../../../Tests/Golden/registry/movies/versions").standardized
            let names = try FileManager.default.contentsOfDirectory(atPath: versions.path).sorted()
            return versions.appendingPathComponent(try #require(names.first)).path
        }
    }

    @Test("publishes nothing without a publisher's word or a word that there is none, and with no other key")
    func unsignedPublishing() throws {
        let none = ["METANETWORK_PUBLISHER_KEY": ""]
        let publish = ["publish", try bundle, "--registry", "registry"]
        let without = try run(publish, environment: none)
        #expect(
            without.status == 2 && without.error.contains("metanetwork keys new FILE --publisher"),
            "\(without.error)"
        )
        #expect(try run("keys", "new", "signing").out.hasPrefix("public key "))
        let other = try run(publish + ["--publisher-key", "signing"])
        #expect(other.status == 2 && other.error.contains("holds a signing key, not a publisher's key"))
        let both = try run(publish + ["--publisher-key", "publisher", "--unsigned"])
        #expect(both.status == 2 && both.error.contains("leave one of them out"))
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("registry").path))
        #expect(try run(publish + ["--unsigned"], environment: none).status == 0)
        let registry = folder.appendingPathComponent("registry/movies/log.jsonl")
        #expect(!FileManager.default.fileExists(atPath: registry.path))
    }

    @Test("signs what is published, signs it anew, and finds a log that was changed, forked or signed by another")
    func signedPublishing() throws {
        let made = try run("keys", "new", "another", "--publisher")
        #expect(made.status == 0 && made.out.hasPrefix("publisher key "))
        #expect(try run("keys", "show", "another", "--publisher").out == made.out)
        let another = made.out.split(separator: " ").suffix(2).joined(separator: "=")
            .trimmingCharacters(in: .newlines)
        #expect(try run(["publish", try bundle, "--registry", "registry"]).status == 0)
        let verify = ["registry", "verify", "movies", "--registry", "registry"]
        let first = try run(verify)
        #expect(first.status == 0 && first.out.contains("movies: 1 statements"), "\(first.error)")
        let log = folder.appendingPathComponent("registry/movies/log.jsonl")
        try FileManager.default.copyItem(at: log, to: folder.appendingPathComponent("before"))
        let second = try run("registry", "sign", "movies", "--registry", "registry", "--publisher-key", "another")
        #expect(second.status == 0 && second.out.contains("2 statements") && second.out.contains(another))
        #expect(try run(verify + ["--log", "before"]).status == 0)
        // Who has signed once goes on: a device takes nothing unsigned from then on.
        let unsigned = try run(
            ["publish", try bundle, "--registry", "registry", "--unsigned"],
            environment: ["METANETWORK_PUBLISHER_KEY": ""]
        )
        #expect(unsigned.status != 0 && unsigned.error.contains("give --publisher-key"), "\(unsigned.error)")
        let forged = try String(contentsOf: log, encoding: .utf8).replacing(
            "\"signature\":\"",
            with: "\"signature\":\"A"
        )
        try Data(forged.utf8).write(to: folder.appendingPathComponent("forged"))
        let accused = try run(verify + ["--log", "forged"])
        #expect(
            accused.status == 2 && accused.error.contains("of the other log bears no signature"),
            "\(accused.error)"
        )
        let strange = try run(verify + ["--publisher", another])
        #expect(strange.status == 2 && strange.error.contains("none of the publishers'"))
        let whole = try Data(contentsOf: log)
        try whole.write(to: folder.appendingPathComponent("whole"))
        try Data(contentsOf: folder.appendingPathComponent("before")).write(to: log)
        let shorter = try run(verify + ["--log", "whole"])
        #expect(shorter.status == 2 && shorter.error.contains("were taken out"), "\(shorter.error)")
        let list = try run("list", "--registry", "registry", "--history")
        #expect(list.status == 0 && list.out.contains("sign "))
    }
}
