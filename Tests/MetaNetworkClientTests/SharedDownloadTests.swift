import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkClient

@Suite("Two processes that fetch the same version")
struct SharedDownloadTests {
    private func head(_ status: Int, _ headers: [String: String] = [:]) -> TransportResponse {
        TransportResponse(status: status, headers: headers.merging(["ETag": "\"a\""]) { first, _ in first })
    }

    @Test("write each byte once, in whatever order their answers come")
    func interleaved() throws {
        let download = try Download(bytes: 1_000)
        let (content, place) = (download.content, try download.place())
        let entry = try BundleFile.device.entry(in: download.manifest)
        func part() throws -> PartialFile { try place.part(of: .device, entry) { _ in } }
        func written() throws -> Data { try Data(contentsOf: place.partialPlace(of: .device)) }
        let first = try part()
        #expect(try first.begin(head(200)))
        try first.take(content[0..<400])
        // The second one begins with the whole file of the same tag, and disturbs nobody.
        let second = PartialFile(.device, of: 1_000, in: place, size: nil, tag: "\"a\"") { _ in }
        #expect(try second.begin(head(200)))
        try second.take(content[0..<300])
        #expect(try written() == content[0..<400])
        try second.take(content[300..<700])
        try first.take(content[400..<500])
        #expect(try written() == content[0..<700])
        let third = try part()
        #expect(third.size == 700 && third.resumption?.range == "bytes=700-")
        #expect(try third.begin(head(206, ["Content-Range": "bytes 700-999/1000"])))
        try third.take(content[700..<1_000])
        try first.take(content[500..<1_000])
        #expect(try written() == content)
        try place.finish(.device, entry)
        #expect(place.isWhole(.device))
        // Who comes last finds it finished.
        #expect(throws: ClientError.self) { try second.take(content[700..<1_000]) }
        try place.finish(.device, entry)
        #expect(try download.files() == ["device.safetensors": content])
    }

    @Test("notice where the other one began anew, and write nothing into its file")
    func begunAnew() throws {
        let download = try Download(bytes: 1_000)
        let (content, place) = (download.content, try download.place())
        let entry = try BundleFile.device.entry(in: download.manifest)
        let first = try place.part(of: .device, entry) { _ in }
        _ = try first.begin(head(200))
        try first.take(content[0..<400])
        let second = try place.part(of: .device, entry) { _ in }
        _ = try second.begin(head(200, ["ETag": "\"b\""]))
        try second.take(Data(repeating: 1, count: 500))
        #expect(throws: ClientError.self) { try first.take(content[400..<500]) }
        #expect(try Data(contentsOf: place.partialPlace(of: .device)) == Data(repeating: 1, count: 500))
    }

    @Test("both open the model, however often they are cut off, and leave one version on the disk", arguments: 0..<6)
    func opening(round: Int) async throws {
        let phone = try Phone()
        await phone.service.send(FakeFiles(cutAfter: 40 + 61 * round))
        let (folder, service, key) = (phone.folder, phone.service, try phone.service.publicKey)
        @Sendable func open() async throws -> [RankedScore] {
            var configuration = PersonalModel.Configuration(trust: .keys([key], publishers: []))
            configuration.transport = service.transport
            configuration.policy = AnyOf([])
            let server = try #require(URL(string: "https://service.test"))
            for _ in 0..<1_000 {
                do {
                    let model = try await PersonalModel(
                        server: server,
                        model: TestBundle.model,
                        directory: folder,
                        configuration: configuration
                    )
                    return await model.scores().map { RankedScore(id: $0.id, score: $0.score) }
                } catch ClientError.noModel {}
            }
            throw ClientError.noModel(reason: "not within 1000 launches")
        }
        let scores = try await withThrowingTaskGroup(of: [RankedScore].self) { group in
            for _ in 0..<3 { group.addTask { try await open() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(scores.count == 3 && Set(scores).count == 1)
        let bases = try FileManager.default.contentsOfDirectory(atPath: phone.modelFolder.path + "/bases")
        #expect(bases.count == 1 && bases[0].count == 64, "\(bases)")
        await phone.goOffline()
        #expect(try await phone.open().scores().map { RankedScore(id: $0.id, score: $0.score) } == scores[0])
    }

    private struct RankedScore: Hashable, Sendable {
        let id: String
        let score: Float
    }
}
