import Foundation
import Testing

extension CommandTests {
    @Test("makes a signing key once, shows its public half, and serves with no key that others may read")
    func keys() throws {
        let made = try run("keys", "new", "signing")
        #expect(made.status == 0 && made.out.hasPrefix("public key "), "\(made.error)")
        #expect(try run("keys", "show", "signing").out == made.out)
        let file = folder.appendingPathComponent("signing")
        let before = try Data(contentsOf: file)
        let again = try run("keys", "new", "signing")
        #expect(again.status == 2 && again.error.contains("is there already"))
        #expect(try Data(contentsOf: file) == before)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("empty"),
            withIntermediateDirectories: true
        )
        for (options, words) in [
            (["--signing-key", "signing"], "chmod 600"), (["--signing-key", "nowhere"], "metanetwork keys new"),
            ([], "--ephemeral-signing-key"), (["--signing-key", "empty"], "is no file"),
            (["--ephemeral-signing-key", "--token-secret-file", "signing"], "chmod 600"),
            (["--ephemeral-signing-key", "--host", "0.0.0.0"], "--behind-proxy"),
            (["--ephemeral-signing-key", "--admin-port", "1", "--admin-host", "0.0.0.0"], "--admin-token-file"),
        ] {
            let refused = try run(
                ["serve", "--registry", "empty", "--port", "0", "--admin-port", "0"] + options,
                environment: ["METANETWORK_APP_KEYS": "0123456789abcdef"]
            )
            #expect(refused.status == 2 && refused.error.contains(words), "\(options): \(refused.error)")
        }
        #expect(try Data(contentsOf: file) == before)
    }
}
