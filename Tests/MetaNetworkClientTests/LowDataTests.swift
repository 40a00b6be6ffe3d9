import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("In Low Data Mode", .timeLimit(.minutes(1)))
struct LowDataTests {
    private static let fresh = PersonalModel.State.personal(.init(samples: 0, seconds: 0))

    /// What of a new version lies in the model's folder.
    private static func fetched(_ phone: borrowing Phone) throws -> [String] {
        let bases = phone.modelFolder.appendingPathComponent("bases")
        let folders = try FileManager.default.contentsOfDirectory(atPath: bases.path)
        return try folders.filter { $0.hasPrefix("fetching-") }.flatMap {
            try FileManager.default.contentsOfDirectory(atPath: bases.appendingPathComponent($0).path)
        }
    }

    @Test("a new version waits, weights come for the one on the device, nothing fails and nothing is half written")
    func waiting() async throws {
        let phone = try Phone()
        let (old, next) = (phone.bundle, try TestBundle(seed: 2))
        let model = try await phone.open { $0.versionInterval = .seconds(600) }
        await model.record("film 1")
        try await model.refresh()
        await phone.service.serve(next, beside: [old])
        await phone.goConstrained()
        phone.time.advance(600)
        await model.record("film 2")
        let before = await phone.service.requests.count
        let states = await model.states
        try await model.refresh()
        let waiting = PersonalModel.State.waiting(.init(received: 0, total: next.fetchedBytes))
        #expect(await model.state == waiting)
        #expect(await model.standing == Self.fresh)
        #expect(await model.version == old.manifest.version)
        #expect(await phone.service.questions.last?.samples == ["film 1", "film 2"])
        var seen: [PersonalModel.State] = []
        for await state in states {
            seen.append(state)
            if seen.count == 4 { break }
        }
        #expect(seen == [.personal(.init(samples: 1, seconds: 600)), .refreshing, Self.fresh, waiting])
        // Whoever begins to follow is told what answers, too.
        seen = []
        for await state in await model.states {
            seen.append(state)
            if seen.count == 2 { break }
        }
        #expect(seen == [Self.fresh, waiting])
        let requests = await phone.service.requests.dropFirst(before)
        let (files, others) = (
            requests.filter { $0.url.path.contains("/versions/") },
            requests.filter { !$0.url.path.contains("/versions/") }
        )
        #expect(files.map(\.allowsConstrainedNetwork) == [false])
        #expect(others.map(\.allowsConstrainedNetwork) == [true, true], "the manifest and the weights")
        #expect(try Self.fetched(phone) == ["manifest.json"])
        await phone.goOffline()
        #expect(try await phone.open().version == old.manifest.version)
        // Another network, before it is time to ask for versions again.
        await phone.service.interrupt(nil)
        try await model.refresh()
        #expect(await model.version == next.manifest.version)
        #expect(await model.state == Self.fresh)
        #expect(try Self.fetched(phone).isEmpty)
    }

    @Test("each refresh brings weights, without a back-off in between, and the first with another network the version")
    func automatic() async throws {
        let phone = try Phone()
        let (old, next) = (phone.bundle, try TestBundle(seed: 2))
        let model = try await phone.open {
            $0.policy = EverySamples(1)
            $0.versionInterval = .seconds(600)
        }
        await model.record("film 1")
        await model.waitUntilIdle()
        await phone.service.serve(next, beside: [old])
        await phone.goConstrained()
        phone.time.advance(600)
        let states = await model.states
        for number in 2...4 {
            await model.record("film \(number)")
            await model.waitUntilIdle()
            let asked = await phone.service.questions.map(\.version)
            #expect(asked == Array(repeating: old.manifest.version, count: number))
            #expect(await model.standing == Self.fresh)
        }
        await phone.service.interrupt(nil)
        await model.record("film 5")
        await model.waitUntilIdle()
        #expect(await model.version == next.manifest.version)
        #expect(await model.state == Self.fresh)
        #expect(await phone.service.questions.last?.version == next.manifest.version)
        var waits = 0
        loop: for await state in states {
            switch state {
            case .waiting: waits += 1
            case .offline, .notice: Issue.record("\(state)")
            case .fetching(let download) where download.received == download.total: break loop
            default: break
            }
        }
        #expect(waits == 3)
    }

    @Test("weights of a version that the service gave up are not asked for again and again, and its successor comes")
    func versionGone() async throws {
        let phone = try Phone()
        let next = try TestBundle(seed: 2)
        let model = try await phone.open { $0.policy = EverySamples(1) }
        await model.record("film 1")
        await model.waitUntilIdle()
        let personal = await model.scores()
        await phone.service.serve(next)
        await phone.goConstrained()
        func questions() async -> Int { await phone.service.questions.count }
        for number in 2...4 {
            await model.record("film \(number)")
            await model.waitUntilIdle()
            #expect(await questions() == 2)
        }
        #expect(await model.state == .waiting(.init(received: 0, total: next.fetchedBytes)))
        #expect(await model.standing == .personal(.init(samples: 3, seconds: 0)))
        #expect(await model.scores() != personal, "the history counts")
        try await model.refresh()
        #expect(await questions() == 3)
        phone.time.advance(3_599)
        await model.record("film 5")
        await model.waitUntilIdle()
        #expect(await questions() == 3)
        await phone.service.interrupt(nil)
        phone.time.advance(1)
        await model.record("film 6")
        await model.waitUntilIdle()
        #expect(await model.version == next.manifest.version)
        #expect(await model.state == Self.fresh)
        // The pause is over with it.
        await model.record("film 7")
        await model.waitUntilIdle()
        #expect(await questions() == 5)
    }

    @Test("the first download goes as the app says, and with a bundle in the app nothing need be fetched")
    func first() async throws {
        for (setting, opens) in [(LowDataDownloads.never, false), (.first, true), (.always, true)] {
            let phone = try Phone()
            await phone.goConstrained()
            func open(with bundle: URL? = nil) async throws -> PersonalModel {
                try await phone.open {
                    $0.downloadsInLowDataMode = setting
                    $0.bundle = bundle
                }
            }
            if opens {
                #expect(try await open().scores().count == TestBundle.itemCount)
                continue
            }
            await #expect(throws: ClientError.constrainedNetwork) { _ = try await open() }
            let folder = phone.folder.appendingPathComponent("app")
            let shipped = try TestBundle(seed: 3)
            try shipped.write(to: folder)
            let model = try await open(with: folder)
            try await model.refresh()
            #expect(await model.state == .waiting(.init(received: 0, total: phone.bundle.fetchedBytes)))
            #expect(await model.version == shipped.manifest.version)
            await phone.service.interrupt(nil)
            #expect(try await open().version == phone.bundle.manifest.version)
        }
    }

    @Test("new versions come too where the app says so")
    func always() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.downloadsInLowDataMode = .always }
        let next = try TestBundle(seed: 2)
        await phone.service.serve(next)
        await phone.goConstrained()
        try await model.refresh()
        #expect(await model.version == next.manifest.version)
        #expect(await phone.service.requests.allSatisfy(\.allowsConstrainedNetwork))
    }

    @Test("what came of a new version before stays, and is told; with another network it goes on from there")
    func part() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        let next = try TestBundle(seed: 2)
        await phone.service.serve(next)
        await phone.service.send(FakeFiles(cutAfter: 300))
        await phone.service.interrupt { [count = Collected<Int>()] request in
            guard !request.allowsConstrainedNetwork else { return nil }
            count.append(1)
            if count.values.count > 1 { throw TransportError.constrainedNetwork }
            return nil
        }
        try await model.refresh()
        #expect(await model.state == .waiting(.init(received: 300, total: next.fetchedBytes)))
        await phone.service.interrupt(nil)
        await phone.service.send(FakeFiles())
        let before = await phone.service.requests.count
        try await model.refresh()
        #expect(await model.version == next.manifest.version)
        let ranges = await phone.service.requests.dropFirst(before).compactMap { $0.headers["Range"] }
        #expect(ranges == ["bytes=300-"])
    }

    @Test("a file that is elsewhere is not asked of the service instead, and a version that is withdrawn waits no more")
    func elsewhere() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        let before = await phone.service.requests.count
        await phone.service.name(filesAddress: "https://files.test/v1/files")
        await phone.service.serve(try TestBundle(seed: 2))
        await phone.goConstrained()
        try await model.refresh()
        let hosts = await phone.service.requests.dropFirst(before).map { $0.url.host }
        #expect(hosts == ["service.test", "files.test"])
        guard case .waiting = await model.state else {
            Issue.record("\(await model.state)")
            return
        }
        await phone.service.serve(phone.bundle)
        try await model.refresh()
        #expect(await model.state == .base)
        #expect(try Self.fetched(phone).isEmpty)
    }

    @Test("a version that waited and then fails keeps the device neither from weights nor from its next try")
    func failing() async throws {
        for isGone in [false, true] {
            let phone = try Phone()
            let (old, next) = (phone.bundle, try TestBundle(seed: 2))
            let model = try await phone.open()
            await model.record("film 1")
            try await model.refresh()
            await phone.service.serve(next, beside: isGone ? [] : [old])
            await phone.goConstrained()
            phone.time.advance(6 * 3_600)
            await model.record("film 2")
            try await model.refresh()
            #expect(await model.state == .waiting(.init(received: 0, total: next.fetchedBytes)))
            // Another network, over which all comes but files.
            await phone.service.interrupt { [service = phone.service] request in
                request.url.path.contains("/versions/") ? service.problem(503, "no files") : nil
            }
            await model.record("film 3")
            let refusal = ClientError.refused(status: 503, detail: "no files", fix: nil)
            await #expect(throws: refusal) { try await model.refresh() }
            if isGone {
                await #expect(throws: refusal, "there is nothing else to ask for") { try await model.refresh() }
            } else {
                try await model.refresh()
                #expect(await phone.service.questions.last?.samples == ["film 1", "film 2", "film 3"])
                #expect(await model.standing == Self.fresh)
                await #expect(throws: refusal, "it is tried again") { try await model.refresh() }
            }
            await phone.service.interrupt(nil)
            try await model.refresh()
            if !isGone { try await model.refresh() }
            #expect(await model.version == next.manifest.version)
            #expect(await model.state == Self.fresh)
        }
    }

    @Test("many shared samples wait for another network, and few go; none is lost, and nothing fails")
    func sharing() async throws {
        let phone = try Phone()
        func open(_ setting: LowDataDownloads) async throws -> PersonalModel {
            try await phone.open {
                $0.sharesSamples = true
                $0.downloadsInLowDataMode = setting
                $0.limits.idBytes = 1_000
            }
        }
        let model = try await open(.first)
        await phone.goConstrained()
        await model.record("film 1")
        try await model.refresh()
        #expect(await phone.service.storedEvents.count == 1)
        let long = String(repeating: "x", count: 900)
        for number in 1..<50 { await model.record("\(number)\(long)") }
        try await model.refresh()
        #expect(await model.state == Self.fresh)
        await model.record("film 2")
        await model.waitUntilIdle()
        try await model.refresh()
        #expect(await model.state == Self.fresh)
        #expect(await phone.service.storedEvents.count == 1)
        #expect(await phone.service.count("/events") == 2, "the message is not tried again and again")
        await phone.service.interrupt(nil)
        phone.time.advance(3_600)
        try await model.refresh()
        #expect(await phone.service.storedEvents.count == 51)
        let bold = try await open(.always)
        await phone.goConstrained()
        for number in 1...50 { await bold.record("\(number)\(long)") }
        await bold.waitUntilIdle()
        #expect(await phone.service.storedEvents.count == 101)
    }

    @Test("while a version waits, a refresh reads no other version's files, writes nothing and tells of no progress")
    func quiet() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        let bases = phone.modelFolder.appendingPathComponent("bases")
        let stored = bases.appendingPathComponent(SHA256.hexadecimal(of: phone.bundle.contents.manifest))
        // The first file is the stored version's, the second one's bytes are there under a manifest that does not say so.
        let next = try TestBundle(names: phone.bundle.names.map { String($0.reversed()) })
        try next.contents.vocabulary.write(to: stored.appendingPathComponent("vocabulary.tsv"))
        await phone.service.serve(next)
        await phone.goConstrained()
        try await model.refresh()
        let waiting = PersonalModel.State.waiting(
            .init(received: next.contents.device.count, total: next.fetchedBytes)
        )
        #expect(await model.state == waiting)
        let fetching = try #require(
            try FileManager.default.contentsOfDirectory(atPath: bases.path).first {
                $0.hasPrefix("fetching-")
            }
        )
        let manifest = bases.appendingPathComponent("\(fetching)/manifest.json").path
        let number = try #require(FileNumber(ofPath: manifest))
        let states = await model.states
        try await model.refresh()
        #expect(FileNumber(ofPath: manifest) == number)
        var seen: [PersonalModel.State] = []
        for await state in states {
            seen.append(state)
            if seen.count == 5 { break }
        }
        #expect(seen == [.base, waiting, .refreshing, .base, waiting])
    }

    @Test("a model whose weights help at no age looks for its new version when it is time, and not without end")
    func weightsThatNeverHelp() async throws {
        let phone = try Phone(TestBundle(helps: .never))
        let model = try await phone.open { $0.versionInterval = .seconds(600) }
        let next = try TestBundle(seed: 2, helps: .never)
        await phone.service.serve(next)
        await phone.goConstrained()
        func manifests() async -> Int { await phone.service.count("/\(TestBundle.model)") }
        let before = await manifests()
        for number in 1...3 {
            await model.record("film \(number)")
            await model.waitUntilIdle()
        }
        #expect(await manifests() == before + 1)
        await phone.service.interrupt(nil)
        phone.time.advance(600)
        await model.record("film 4")
        await model.waitUntilIdle()
        #expect(await model.version == next.manifest.version)
    }

    /// A network of an app's own that is in Low Data Mode.
    private struct OwnTransport: Transport {
        let service: FakeService
        /// Whether the app lets nothing at all through.
        var isStrict = false

        func send(_ request: TransportRequest) async throws -> TransportResponse {
            guard request.allowsConstrainedNetwork, !isStrict else { throw TransportError.constrainedNetwork }
            return try await service.transport.send(request)
        }
    }

    @Test("an app's own transport says it with the same error; one that lets nothing through is as no network")
    func ownTransport() async throws {
        let phone = try Phone()
        let (old, service) = (phone.bundle, phone.service)
        _ = try await phone.open()
        await service.serve(try TestBundle(seed: 2), beside: [old])
        let model = try await phone.open { $0.transport = OwnTransport(service: service) }
        await model.record("film 1")
        try await model.refresh()
        #expect(await model.standing == Self.fresh)
        guard case .waiting = await model.state else {
            Issue.record("\(await model.state)")
            return
        }
        let strict = try await phone.open { $0.transport = OwnTransport(service: service, isStrict: true) }
        await #expect(throws: ClientError.constrainedNetwork) { try await strict.refresh() }
        #expect(await strict.state == .offline(.constrainedNetwork))
        #expect(await strict.scores().count == TestBundle.itemCount)
    }
}
