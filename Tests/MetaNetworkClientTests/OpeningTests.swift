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
        arguments: BundleFile.allCases.map(\.rawValue) + ["manifest.json"]
    )
    func damagedBase(name: String) async throws {
        let phone = try Phone()
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

    @Test("A manifest that lies is refused before its files are fetched")
    func lyingManifests() async throws {
        let changes: [@Sendable (inout BundleManifest) -> Void] = [
            { $0.format = 2 }, { $0.version = "../../etc" }, { $0.files = [:] }, { $0.items = 0 },
            { $0.files["device.safetensors"]?.bytes = .max }, { $0.files["device.safetensors"]?.bytes = -1 },
        ]
        for change in changes {
            let phone = try Phone(try TestBundle(change: change))
            await #expect(throws: ClientError.self) { _ = try await phone.open() }
            #expect(await phone.service.count("/device") == 0)
        }
        let phone = try Phone(try TestBundle { $0.items = 1 << 40 })
        await #expect(throws: ClientError.self) { _ = try await phone.open() }
    }

    @Test("Names that could leave the folder and plain http are refused")
    func addresses() throws {
        let secure = try #require(URL(string: "https://a.b"))
        for name in ["", "..", ".hidden", "a/b", "a b", "é", String(repeating: "a", count: 65)] {
            #expect(throws: ClientError.invalidModelName(name)) {
                _ = try ServiceAddress(secure, model: name, trust: .unsigned)
            }
        }
        let plain = try #require(URL(string: "http://a.b"))
        #expect(throws: ClientError.insecureServer("http://a.b")) {
            _ = try ServiceAddress(plain, model: "m", trust: .keys([]))
        }
        let local = try #require(URL(string: "http://127.0.0.1:8080/api"))
        let address = try ServiceAddress(local, model: "m", trust: .keys([]))
        #expect(address.parameters.absoluteString == "http://127.0.0.1:8080/api/v1/models/m/parameters")
    }
}
