import Crypto
import Foundation
import MetaNetwork
import MetaNetworkDevice
import Testing

@testable import MetaNetworkClient

@Suite("Opening a model")
struct OpeningTests {
    @Test("The first launch fetches the model; later ones need no network")
    func firstFetch() async throws {
        let phone = try Phone()
        let first = try await phone.open()
        let scores = await first.scores()
        #expect(scores.count == TestBundle.itemCount)
        await phone.goOffline()
        let second = try await phone.open()
        #expect(await second.scores() == scores)
        #expect(await second.version == phone.bundle.manifest.version)
        #expect(await phone.service.count("/device") == 1)
    }

    @Test("A bundle in the app works offline from the first launch and is not written to")
    func shippedBundle() async throws {
        let phone = try Phone()
        await phone.goOffline()
        let app = phone.folder.appendingPathComponent("app")
        try phone.bundle.write(to: app)
        let model = try await phone.open { $0.bundle = app }
        #expect(await model.rank(["film 1"]).count == 1)
        #expect(await phone.service.requests.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: app.path).count == 3)
    }

    @Test("Without a bundle and a network there is a clear error")
    func nothing() async throws {
        let phone = try Phone()
        await phone.goOffline()
        await #expect {
            _ = try await phone.open()
        } throws: {
            guard case .noModel(let reason)? = $0 as? ClientError else { return false }
            return reason.contains("no network")
        }
    }

    @Test(
        "A damaged version is set aside, told of and fetched again",
        arguments: [BundleFile.device, .vocabulary, .gate].map(\.name) + ["manifest.json"]
    )
    func damagedBase(name: String) async throws {
        let phone = try Phone(TestBundle(gate: TestGate.weights()))
        let scores = try await phone.open().scores()
        let digest = SHA256.hexadecimal(of: phone.bundle.contents.manifest)
        let file = phone.modelFolder.appendingPathComponent("bases/\(digest)/\(name)")
        var data = try Data(contentsOf: file)
        data[data.count / 2] ^= 1
        try data.write(to: file)
        let model = try await phone.open()
        #expect(await model.scores() == scores)
        #expect(await phone.service.count("/device") == 2)
        var states = await model.states.makeAsyncIterator()
        guard case .notice = await states.next() else {
            Issue.record("no notice of the damage")
            return
        }
    }

    @Test("What is not the manifest's is refused: other bytes, another model, another signer")
    func distrust() async throws {
        let bundle = try TestBundle()
        let cases: [@Sendable (TransportRequest) -> TransportResponse?] = [
            {
                $0.url.path.hasSuffix("/device")
                    ? TransportResponse(status: 200, body: bundle.contents.device.dropLast()) : nil
            },
            { $0.url.path.hasSuffix("/vocabulary") ? TransportResponse(status: 200, body: Data("a\t1\n".utf8)) : nil },
            { $0.url.path.hasSuffix("/movies") ? TransportResponse(status: 200, body: bundle.contents.manifest) : nil },
            { $0.url.path.hasSuffix("/movies") ? TransportResponse(status: 200, body: Data(count: 2 << 20)) : nil },
            {
                $0.url.path.hasSuffix("/movies")
                    ? TransportResponse(status: 301, headers: ["Location": "https://a.b"]) : nil
            },
        ]
        for answer in cases {
            let phone = try Phone(bundle)
            await phone.service.interrupt { answer($0) }
            await #expect(throws: ClientError.self) { _ = try await phone.open() }
        }
        let phone = try Phone(try TestBundle(name: "songs"))
        await #expect(throws: ClientError.self) { _ = try await phone.open() }
    }

    @Test("A manifest that lies is refused before its files are fetched", arguments: [1, 2])
    func lyingManifests(format: Int) async throws {
        let changes: [@Sendable (inout BundleManifest) -> Void] = [
            { $0.format = 3 }, { $0.version = "../../etc" }, { $0.files = [:] }, { $0.items = 0 },
            { $0.files["device.safetensors"]?.bytes = .max }, { $0.files["device.safetensors"]?.bytes = -1 },
        ]
        for change in changes {
            let phone = try Phone(try TestBundle(format: format, change: change))
            await #expect(throws: ClientError.self) { _ = try await phone.open() }
            #expect(await phone.service.count("/device") == 0)
        }
        let phone = try Phone(try TestBundle(format: format) { $0.items = 1 << 40 })
        await #expect(throws: ClientError.self) { _ = try await phone.open() }
    }

    @Test("A version of format 2 covers all that a device acts on; of format 1, the files alone")
    func coverage() async throws {
        let changes: [@Sendable (inout BundleManifest) -> Void] = [
            { $0.generator?.window = 5 }, { $0.architecture.nodes[4].operation = .attention(heads: 1) },
            { $0.architecture.inputs[0].length = 2 },
        ]
        for change in changes {
            let refused = try Phone(try TestBundle(change: change))
            await #expect(throws: ClientError.self) { _ = try await refused.open() }
        }
        let old = try Phone(try TestBundle(format: 1, change: changes[0]))
        #expect(try await old.open().scores().count > 0)
    }

    @Test("The version of format 2 is what any other implementation of the rule computes")
    func goldenVersion() throws {
        // The digest was computed by Python's json and hashlib.
        let document =
            #"{"version":"?","format":2,"name":"films","items":3,"files":{"vocabulary.tsv":{"sha256":"bb","bytes":2,"#
            + #""role":"vocabulary"},"device.safetensors":{"role":"device","bytes":1,"sha256":"aa"}},"#
            + #""architecture":{"name":"é\n"},"generator":{"window":6}}"#
        let version = try BundleVersion.version(ofManifest: Array(document.utf8)) { Array(SHA256.hash(data: $0)) }
        #expect(version == "4deca4664a5ced205f3b0cf9bbc8f4bfd9cc9379d03c52bd1912e9ec917aa03c")
    }

    @Test("Bundles of format 1 still open, and rank as those of format 2 do")
    func formats() async throws {
        let old = try Phone(try TestBundle(format: 1))
        let new = try Phone(try TestBundle(format: 2))
        #expect(try await old.open().scores() == new.open().scores())
        #expect(old.bundle.manifest.version != new.bundle.manifest.version)
    }

    @Test("A file of a role that this release does not know is neither refused nor fetched")
    func unknownRole() async throws {
        let honest = try TestBundle()
        var manifest = honest.manifest
        let digest = String(repeating: "ab", count: 32)
        manifest.files["patch.safetensors"] = .init(bytes: 9, sha256: digest, role: .init(rawValue: "patch"))
        let contents = BundleContents(
            manifest: try TestBundle.sealed(manifest).bytes,
            device: honest.contents.device,
            vocabulary: honest.contents.vocabulary
        )
        let base = try BaseModel(contents, model: TestBundle.model, limits: Limits())
        #expect(base.manifest.files.count == 3)
        manifest.files["../patch"] = manifest.files["patch.safetensors"]
        let leaving = try TestBundle.sealed(manifest).bytes
        #expect(throws: ClientError.self) {
            _ = try ManifestCheck(model: TestBundle.model, limits: Limits()).manifest(in: leaving)
        }
    }

    @Test("Names that could leave the folder and plain http are refused")
    func addresses() throws {
        let secure = try #require(URL(string: "https://a.b"))
        for name in ["", "..", ".hidden", "a/b", "a b", "é", String(repeating: "a", count: 65)] {
            #expect(throws: ClientError.invalidModelName(name)) {
                _ = try ServiceAddress(secure, model: name, trust: .unsigned, credentials: .none)
            }
        }
        let plain = try #require(URL(string: "http://a.b"))
        #expect(throws: ClientError.insecureServer("http://a.b")) {
            _ = try ServiceAddress(plain, model: "m", trust: .keys([], publishers: []), credentials: .none)
        }
        let local = try #require(URL(string: "http://127.0.0.1:8080/api"))
        let address = try ServiceAddress(local, model: "m", trust: .keys([], publishers: []), credentials: .appKey("k"))
        #expect(address.parameters.absoluteString == "http://127.0.0.1:8080/api/v1/models/m/parameters")
    }

    @Test("App keys and tokens go over plain http to this machine alone")
    func credentials() async throws {
        let plain = try #require(URL(string: "http://a.b"))
        for credentials in [Credentials.appKey("k"), .token { "t" }] {
            #expect(throws: ClientError.insecureServer("http://a.b")) {
                _ = try ServiceAddress(plain, model: "m", trust: .unsigned, credentials: credentials)
            }
            for server in ["https://a.b", "http://127.0.0.1:1", "http://localhost", "http://[::1]:8080"] {
                let url = try #require(URL(string: server))
                #expect(throws: Never.self, "\(server)") {
                    _ = try ServiceAddress(url, model: "m", trust: .unsigned, credentials: credentials)
                }
            }
        }
        #expect(throws: Never.self) {
            _ = try ServiceAddress(plain, model: "m", trust: .unsigned, credentials: .none)
        }
        // Before anything is sent.
        var configuration = PersonalModel.Configuration(trust: .unsigned)
        configuration.credentials = .appKey("k")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        await #expect(throws: ClientError.insecureServer("http://a.b")) {
            _ = try await PersonalModel(server: plain, model: "m", directory: folder, configuration: configuration)
        }
    }
}
