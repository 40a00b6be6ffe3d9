import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

/// What a release with publishers said (Tests/Golden/release) must be taken for ever by an app that pins the publisher.
@Suite("What a released publisher signed")
struct GoldenReleaseTests {
    @Test("A device takes the recorded manifest, and the word that nothing has changed")
    func recorded() throws {
        let (manifest, unchanged) = (try GoldenWire.release("manifest"), try GoldenWire.release("manifest-unchanged"))
        let place = Golden.folder.appendingPathComponent("release/publisher")
        let key = try String(contentsOf: place, encoding: .utf8).trimmingCharacters(in: .newlines)
        let parts = key.split(separator: "=", maxSplits: 1).map(String.init)
        let check = ReleaseCheck(publishers: [try PinnedKey(id: parts[0], base64: parts[1])], model: "movies")
        let digest = SHA256.hexadecimal(of: try manifest.response.body)
        let first = try check.statement(
            manifest.response.headers["metanetwork-release"],
            of: digest,
            after: nil,
            now: manifest.recorded
        )
        #expect(try first.version == JSONDecoder().decode(BundleManifest.self, from: manifest.response.body).version)
        let header = unchanged.response.headers["metanetwork-release"]
        #expect(unchanged.response.status == 304)
        #expect(try check.statement(header, of: digest, after: first, now: unchanged.recorded) == first)
        // A year later it is nobody's word any more.
        #expect(throws: ClientError.self) {
            try check.statement(header, of: digest, after: first, now: unchanged.recorded + 400 * 86_400)
        }
    }
}
