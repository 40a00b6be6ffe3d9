import Crypto
import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkClient

@Suite("A download that is cut off")
struct ResumptionTests {
    private let partial = "device.safetensors.partial"
    private let whole = "device.safetensors"

    /// A transport that answers as `files` does, and notes the requests.
    private func transport(
        _ content: Data,
        _ requests: Collected<TransportRequest> = Collected(),
        _ files: @escaping @Sendable (Int) -> FakeFiles
    ) -> InMemoryTransport {
        InMemoryTransport { request in
            requests.append(request)
            return files(requests.values.count).answer(content, request)
        }
    }

    @Test(
        "goes on where it stopped, wherever that is, and gets each byte once",
        arguments: Array(stride(from: 1, to: 1_000, by: 13))
    )
    func everyPlace(place: Int) async throws {
        let download = try Download(bytes: 1_000)
        let requests = Collected<TransportRequest>()
        let service = try download.service(
            transport(download.content, requests) { FakeFiles(cutAfter: $0 == 1 ? place : nil) }
        )
        try await download.fetch(service)
        #expect(try download.files() == [whole: download.content])
        let ranges = requests.values.map { $0.headers["Range"] }
        #expect(ranges == [nil, "bytes=\(place)-"])
        #expect(requests.values[1].headers["If-Range"] == FakeFiles().tag(download.content))
    }

    @Test("goes on after each of many restarts of the app, and never lies larger on the disk than the manifest says")
    func restarts() async throws {
        let download = try Download(bytes: 5_000)
        let (requests, progress) = (Collected<TransportRequest>(), Collected<Int>())
        let service = try download.service(
            transport(download.content, requests) { FakeFiles(cutAfter: $0 % 2 == 0 ? 0 : 70) }
        )
        var launches = 0
        while try download.files()[whole] == nil, launches < 100 {
            launches += 1
            do {
                try await download.fetch(service) { progress.append($0) }
            } catch ClientError.unreachable {
                let files = try download.files()
                #expect(files[partial] == download.content.prefix(70 * launches))
            }
        }
        #expect(launches == (5_000 + 69) / 70)
        #expect(try download.files() == [whole: download.content])
        #expect(progress.values == progress.values.sorted() && progress.values.last == 5_000)
    }

    @Test("over a real connection goes on in the same way", arguments: [1, 997, 65_536, 999_999])
    func realConnection(place: Int) async throws {
        let download = try Download(bytes: 1_000_000)
        let (content, heads) = (download.content, Collected<String>())
        let server = try LoopbackServer { head in
            heads.append(head)
            func field(_ name: String) -> String? {
                head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name): ") }
                    .map { String($0.dropFirst(name.count + 2)) }
            }
            let files = FakeFiles(cutAfter: heads.values.count == 1 ? place : nil)
            return [files.answer(content, range: field("range"), ifRange: field("if-range")).bytes]
        }
        defer { server.stop() }
        let service = try download.service(URLSessionTransport(), at: "http://127.0.0.1:\(server.port)")
        try await download.fetch(service)
        #expect(try download.files() == [whole: content])
        #expect(heads.values.count == 2)
        #expect(heads.values.last?.lowercased().contains("\r\nrange: bytes=\(place)-\r\n") == true)
        let isIdentity = heads.values.map { $0.lowercased().contains("\r\naccept-encoding: identity\r\n") }
        #expect(isIdentity == [false, true], "parts are those of the file itself")
    }

    @Test("begins anew where the service has another file by then")
    func otherTag() async throws {
        let download = try Download(bytes: 1_000)
        let requests = Collected<TransportRequest>()
        let service = try download.service(
            transport(download.content, requests) { number in
                var files = FakeFiles(
                    tag: { _ in "\"old\"" },
                    cutAfter: 300,
                    damage: { Data(repeating: 1, count: $0.count) }
                )
                if number > 1 { files = FakeFiles(tag: { _ in "\"new\"" }) }
                return files
            }
        )
        try await download.fetch(service)
        #expect(try download.files() == [whole: download.content])
        #expect(requests.values.map { $0.headers["If-Range"] } == [nil, "\"old\""])
    }

    @Test("comes whole from a service that knows no ranges, or has no tag that would tell one file from another")
    func noRanges() async throws {
        for (files, asked) in [
            (FakeFiles(knowsRanges: false), "bytes=300-"), (FakeFiles(tag: { _ in nil }), nil),
            (FakeFiles(tag: { _ in "W/\"weak\"" }), nil), (FakeFiles(tag: { _ in "\"a\r\nb\"" }), nil),
        ] {
            let download = try Download(bytes: 1_000)
            let requests = Collected<TransportRequest>()
            let service = try download.service(
                transport(download.content, requests) { number in
                    var files = files
                    if number == 1 { files.cutAfter = 300 }
                    return files
                }
            )
            try await download.fetch(service)
            #expect(try download.files() == [whole: download.content])
            #expect(requests.values.map { $0.headers["Range"] } == [nil, asked])
        }
    }

    @Test("is an error, and lies as it was, where a part is another than was asked for and the whole is not to be had")
    func wrongParts() async throws {
        let wrong = [
            nil, "", "bytes 0-999/1000", "bytes 299-999/1000", "bytes 301-999/1000", "bytes 300-1000/1001",
            "bytes 300-999/999",
            "bytes 300-299/1000", "bytes 300-999", "bytes -1-5/6", "bytes +300-999/1000",
            "bytes 300-9999999999999999999/*",
            "lines 300-999/1000", "bytes */1000",
        ]
        for header in wrong {
            let download = try Download(bytes: 1_000)
            let cut = try download.service(transport(download.content) { FakeFiles(cutAfter: $0 == 1 ? 300 : 0) })
            await #expect(throws: ClientError.self) { try await download.fetch(cut) }
            let before = try download.files()
            #expect(before[partial] == download.content.prefix(300))
            let headers = ["Content-Range": header, "ETag": FakeFiles().tag(download.content)].compactMapValues(\.self)
            let content = download.content
            let broken = try download.service(
                InMemoryTransport { _ in TransportResponse(status: 206, headers: headers, body: content.dropFirst(300))
                }
            )
            await #expect(performing: { try await download.fetch(broken) }, throws: { Self.isUnusable($0) })
            #expect(try download.files() == before, "\(header ?? "none")")
            // A service that tells parts wrong, or refuses them, may have the whole all the same.
            let half = try download.service(
                transport(download.content) { _ in FakeFiles(contentRange: { _ in header }) }
            )
            try await download.fetch(half)
            #expect(try download.files() == [whole: download.content])
        }
    }

    private static func isUnusable(_ error: any Error) -> Bool {
        if case .unusable? = error as? ClientError { true } else { false }
    }

    @Test("comes whole where a part is refused, and is an error of the service's where all is")
    func refusedParts() async throws {
        let download = try Download(bytes: 1_000)
        let cut = try download.service(transport(download.content) { FakeFiles(cutAfter: $0 == 1 ? 300 : 0) })
        await #expect(throws: ClientError.self) { try await download.fetch(cut) }
        let before = try download.files()
        for status in [404, 429, 500, 503] {
            let refusing = try download.service(InMemoryTransport { _ in TransportResponse(status: status) })
            await #expect {
                try await download.fetch(refusing)
            } throws: {
                if case .refused(status, _, _) = ClientError($0) { true } else { false }
            }
            #expect(try download.files() == before)
        }
        try await download.fetch(try download.service(transport(download.content) { _ in FakeFiles(rangeStatus: 416) }))
        #expect(try download.files() == [whole: download.content])
    }

    @Test("A part may be shorter than was asked for, and its size may be untold")
    func shortParts() async throws {
        let download = try Download(bytes: 1_000)
        let content = download.content
        let service = try download.service(
            InMemoryTransport { request in
                guard let range = request.headers["Range"], let first = Int(range.dropFirst(6).dropLast()) else {
                    return FakeFiles(cutAfter: 100).answer(content, request)
                }
                let last = min(first + 149, content.count - 1)
                return TransportResponse(
                    status: 206,
                    headers: ["Content-Range": "bytes \(first)-\(last)/*"],
                    body: content[first...last]
                )
            }
        )
        try await download.fetch(service)
        #expect(try download.files() == [whole: content])
    }

    @Test("that has a wrong byte is fetched once more from its beginning, and no third time")
    func wrongDigest() async throws {
        let download = try Download(bytes: 1_000)
        let requests = Collected<TransportRequest>()
        // The beginning is wrong, and the rest right: nobody knows before all is there.
        let mended = try download.service(
            transport(download.content, requests) { number in
                number == 1
                    ? FakeFiles(tag: { _ in "\"a\"" }, cutAfter: 300, damage: { Data(repeating: 1, count: $0.count) })
                    : FakeFiles(tag: { _ in "\"a\"" })
            }
        )
        try await download.fetch(mended)
        #expect(try download.files() == [whole: download.content])
        #expect(requests.values.map { $0.headers["Range"] } == [nil, "bytes=300-", nil])
        let other = try Download(bytes: 1_000)
        let (again, wrong) = (Collected<TransportRequest>(), Data(repeating: 1, count: 1_000))
        let damaged = try other.service(transport(other.content, again) { _ in FakeFiles(damage: { _ in wrong }) })
        await #expect(throws: ClientError.untrusted(what: whole, reason: "its digest is not the manifest's")) {
            try await other.fetch(damaged)
        }
        #expect(again.values.count == 2)
        #expect(try other.files().isEmpty)
    }

    @Test("takes no byte more than the manifest says, however many come")
    func tooMuch() async throws {
        let download = try Download(bytes: 1_000)
        let content = download.content
        let long = try download.service(transport(content) { _ in FakeFiles(damage: { $0 + Data(count: 50_000) }) })
        await #expect(performing: { try await download.fetch(long) }, throws: { Self.isUnusable($0) })
        #expect(try download.files().allSatisfy { $0.value.count <= 1_000 })
        // A file that grew while the app was not looking is none of ours.
        let place = try download.place()
        try Data(count: 2_000).write(to: place.partialPlace(of: .device))
        try await download.fetch(try download.service(transport(content) { _ in FakeFiles() }))
        #expect(try download.files() == [whole: content])
    }

    @Test("An empty file is a file")
    func empty() async throws {
        let download = try Download(bytes: 0)
        try await download.fetch(try download.service(transport(download.content) { _ in FakeFiles() }))
        #expect(try download.files() == [whole: Data()])
    }
}
