import Crypto
import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkClient

@Suite("Files that a content network has")
struct FilesElsewhereTests {
    private let address = "https://files.test/v1/files"

    /// Answers for the content network, and for nobody else.
    private func serve(_ phone: borrowing Phone, _ answer: @escaping @Sendable (Data) throws -> TransportResponse) async
    {
        let contents = phone.bundle.contents
        let files = [contents.device, contents.vocabulary]
        await phone.service.interrupt { request in
            guard request.url.host == "files.test" else { return nil }
            guard let file = files.first(where: { request.url.path == "/v1/files/" + SHA256.hexadecimal(of: $0) })
            else {
                return TransportResponse(status: 404)
            }
            return try answer(file)
        }
        await phone.service.name(filesAddress: address)
    }

    private func hosts(_ phone: borrowing Phone) async -> [String] {
        await phone.service.requests.filter { $0.url.path.contains("/files/") || $0.url.path.contains("/versions/") }
            .compactMap { $0.url.host }
    }

    @Test("come from there, without a token, and the model runs")
    func elsewhere() async throws {
        let phone = try Phone()
        await phone.service.accept(["token 1"])
        await serve(phone) { TransportResponse(status: 200, body: $0) }
        let model = try await phone.open { $0.credentials = .appKey("app key") }
        #expect(await model.scores().count == TestBundle.itemCount)
        #expect(await hosts(phone) == ["files.test", "files.test"])
        for request in await phone.service.requests {
            #expect((request.headers["Authorization"] == nil) == (request.url.host == "files.test"))
        }
    }

    @Test(
        "are refused where their bytes are others, and come from the service, as where the network does not have them",
        arguments: ["other", "shorter", "longer", "missing", "broken", "moved"]
    )
    func wrong(kind: String) async throws {
        let phone = try Phone()
        await serve(phone) { file in
            switch kind {
            case "other": TransportResponse(status: 200, body: Data(file.reversed()))
            case "shorter": TransportResponse(status: 200, headers: ["ETag": "\"x\""], body: file.dropLast(7))
            case "longer": TransportResponse(status: 200, body: file + file)
            case "missing": TransportResponse(status: 404, body: Data("<html>".utf8))
            case "moved": TransportResponse(status: 302, headers: ["Location": "https://elsewhere.test"])
            default: throw TransportError.failed("no route")
            }
        }
        let model = try await phone.open()
        #expect(await model.scores().count == TestBundle.itemCount)
        #expect(await hosts(phone) == ["files.test", "service.test", "files.test", "service.test"])
    }

    @Test("go into memory where the disk takes nothing, from there as from the service")
    func memory() async throws {
        for isRight in [true, false] {
            let phone = try Phone()
            try FileManager.default.createDirectory(at: phone.modelFolder, withIntermediateDirectories: true)
            try Data().write(to: phone.modelFolder.appendingPathComponent("bases"))
            await serve(phone) { TransportResponse(status: 200, body: isRight ? $0 : Data($0.reversed())) }
            let model = try await phone.open()
            #expect(await model.scores().count == TestBundle.itemCount)
            let own = await phone.service.requests.filter { $0.url.path.contains("/versions/") }
            #expect(own.isEmpty == isRight)
        }
    }

    @Test("are not asked for over plain HTTP, under a name and password, or where the address is none")
    func addresses() async throws {
        for bad in [
            "http://files.test/v1/files", "https://me:secret@files.test", "ftp://files.test", "files", "", "https://",
        ] {
            let phone = try Phone()
            await phone.service.name(filesAddress: bad)
            _ = try await phone.open()
            #expect(await hosts(phone) == ["service.test", "service.test"], "\(bad)")
        }
        #expect(ServiceAddress.files("http://127.0.0.1:9000/files") != nil)
    }
}
