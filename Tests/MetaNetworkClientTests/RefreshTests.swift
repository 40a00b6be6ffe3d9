import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Becoming personal")
struct RefreshTests {
    @Test("After enough samples the device asks by itself and ranks with the weights that came")
    func personal() async throws {
        let phone = try Phone()
        let model = try await phone.open {
            $0.policy = EverySamples(3)
            $0.payload = .float32
        }
        #expect(await model.state == .base)
        for id in ["film 3", "film 7"] { await model.record(id) }
        await model.waitUntilIdle()
        #expect(await model.state == .base)
        await model.record("film 2")
        await model.waitUntilIdle()
        #expect(await model.state == .personal(.init(samples: 0, seconds: 0)))
        var device = try DeviceModel(
            phone.bundle.manifest.architecture,
            itemCount: TestBundle.itemCount,
            weights: phone.bundle.weights
        )
        try device.personalize(try phone.bundle.personalWeights(3))
        let expected = device.topItems(12, history: [3, 7, 2])
        #expect(await model.scores().map(\.score) == expected.map(\.score))
        phone.time.advance(60)
        await model.record("film 1")
        #expect(await model.state == .personal(.init(samples: 1, seconds: 60)))
    }

    @Test("All observers see the same states, each from when it began")
    func states() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        let streams = [await model.states, await model.states]
        await model.record("film 1")
        try await model.refresh()
        await phone.goOffline()
        await #expect(throws: ClientError.self) { try await model.refresh() }
        let personal = PersonalModel.State.personal(.init(samples: 0, seconds: 0))
        let offline = PersonalModel.State.offline(.unreachable(reason: "no network"))
        for stream in streams {
            var seen: [PersonalModel.State] = []
            for await state in stream {
                seen.append(state)
                if seen.count == 5 { break }
            }
            #expect(seen == [.base, .refreshing, personal, .refreshing, offline])
        }
        for await state in await model.states {
            #expect(state == offline)
            break
        }
        #expect(await model.age != nil)
    }

    @Test("The most recent known samples are sent, as ids or as embeddings")
    func uploads() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        for number in 1...8 { await model.record("film \(number)") }
        await model.record("unknown")
        try await model.refresh()
        let ids = try #require(await phone.service.questions.last)
        #expect(ids.samples == (3...8).map { "film \($0)" })
        #expect(ids.embeddings == nil)
        let other = try await phone.open { $0.upload = .embeddings }
        try await other.refresh()
        let embeddings = try #require(await phone.service.questions.last)
        #expect(embeddings.samples == nil)
        let table = try #require(phone.bundle.weights["items.embedding"])
        #expect(embeddings.embeddings?.last == Array(table.values[8 * 4..<9 * 4]))
    }

    @Test("A version that is gone is changed for the current one, and asked for again")
    func versionGone() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        await model.record("film 1")
        try await model.refresh()
        let next = try TestBundle(seed: 2, names: (0...12).map { "film \($0)" })
        await phone.service.serve(next)
        try await model.refresh()
        #expect(await model.version == next.manifest.version)
        #expect(await model.state == .personal(.init(samples: 0, seconds: 0)))
        #expect(await model.rank(["film 0"]).first?.score != -.infinity)
        // The old version is still on the disk: going back fetches nothing.
        await phone.service.serve(phone.bundle)
        try await model.refresh()
        #expect(await model.version == phone.bundle.manifest.version)
        #expect(await phone.service.count("/device") == 2)
        await phone.goOffline()
        #expect(try await phone.open().version == phone.bundle.manifest.version)
    }

    @Test("A version that is rolled out arrives although the one before is still served, and a bad one does no harm")
    func rollout() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.versionInterval = .seconds(600) }
        await model.record("film 1")
        try await model.refresh()
        let next = try TestBundle(seed: 2)
        let bad = TransportResponse(
            status: 200,
            headers: ["MetaNetwork-Signature": "k1=AAAA"],
            body: next.contents.manifest
        )
        await phone.service.interrupt { $0.url.path.hasSuffix("/movies") ? bad : nil }
        phone.time.advance(600)
        try await model.refresh()
        #expect(await model.age == .init(samples: 0, seconds: 0))
        await phone.service.serve(next)
        await phone.service.interrupt(nil)
        let before = await phone.service.questions.count
        try await model.refresh()
        #expect(await model.version == next.manifest.version)
        #expect(await phone.service.questions.count == before + 2)
        await phone.service.serve(phone.bundle)
        phone.time.advance(600)
        try await model.refresh()
        #expect(await model.version == phone.bundle.manifest.version)
        #expect(await phone.service.questions.count == before + 3)
    }

    @Test(
        "In Low Power Mode nothing is asked in the background, where the app wants that, but what the app itself asks"
    )
    func lowPower() async throws {
        for (refreshes, isLow, asks) in [(true, true, true), (false, true, false), (false, false, true)] {
            let phone = try Phone()
            let model = try await phone.open {
                $0.policy = EverySamples(1)
                $0.refreshesInLowPowerMode = refreshes
                $0.isInLowPowerMode = { isLow }
            }
            await model.record("film 1")
            await model.waitUntilIdle()
            #expect(await phone.service.questions.count == (asks ? 1 : 0))
            try await model.refresh()
            #expect(await phone.service.questions.count == (asks ? 2 : 1))
        }
    }

    @Test("Without samples a refresh looks for a new version, once per version")
    func conditional() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        try await model.refresh()
        #expect(await phone.service.questions.isEmpty)
        let version = phone.bundle.manifest.version
        #expect(await phone.service.requests.last?.headers["If-None-Match"] == "\"\(version)\"")
        let next = try TestBundle(seed: 3, hasGenerator: false)
        await phone.service.serve(next)
        try await model.refresh()
        #expect(await model.version == next.manifest.version)
        await model.record("film 1")
        try await model.refresh()
        #expect(await phone.service.questions.isEmpty)
        #expect(await model.state == .base)
    }

    @Test(
        "A tag that came with a manifest is not believed: an old manifest with the current one's tag holds nobody back"
    )
    func forgedTag() async throws {
        let phone = try Phone()
        let next = try TestBundle(seed: 3)
        let (old, name) = (phone.bundle.contents.manifest, phone.bundle.manifest.name)
        let signature = try await phone.service.sign(old, .manifest)
        await phone.service.interrupt { request in
            guard request.url.path.hasSuffix("/models/\(name)") else { return nil }
            let headers = ["ETag": "\"\(next.manifest.version)\"", "metanetwork-signature": signature]
            return TransportResponse(status: 200, headers: headers, body: old)
        }
        let model = try await phone.open()
        #expect(await model.version == phone.bundle.manifest.version)
        await phone.service.interrupt(nil)
        await phone.service.serve(next)
        try await model.refresh()
        #expect(await model.version == next.manifest.version)
    }

    @Test("One refresh runs at a time")
    func single() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        await model.record("film 1")
        await phone.service.interrupt { _ in
            try await Task.sleep(for: .milliseconds(50))
            return nil
        }
        async let one: Void = model.refresh()
        async let two: Void = model.refresh()
        _ = try await (one, two)
        #expect(await phone.service.questions.count == 1)
    }

    @Test("Expired weights are asked for again and stay in use, or give way to the base, as configured")
    func expiry() async throws {
        for choice in [PersonalModel.RetireAfter.measured, .never, .expiry] {
            let phone = try Phone()
            let model = try await phone.open { $0.retireAfter = choice }
            let base = await model.scores()
            await model.record("film 5")
            let empty = await model.scores()
            try await model.refresh()
            let personal = await model.scores()
            #expect(personal != empty)
            #expect(base != personal)
            await phone.goOffline()
            phone.time.advance(3_599)
            #expect(await model.scores() == personal)
            phone.time.advance(1)
            #expect(await model.scores() == (choice == .expiry ? empty : personal))
            #expect(await (model.age == nil) == (choice == .expiry))
            await phone.service.interrupt(nil)
            await model.record("film 6")
            await model.waitUntilIdle()
            #expect(await model.age == .init(samples: 0, seconds: 0), "whatever the policy says")
        }
    }

    @Test("A wall clock that jumps changes nothing while the app runs, and expires nothing early by going back")
    func clockJumps() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.retireAfter = .expiry }
        await model.record("film 5")
        try await model.refresh()
        for wall in [0, 900_000_000, 1] {
            phone.time.setWall(wall)
            _ = await model.scores()
            #expect(await model.age == .init(samples: 0, seconds: 0))
        }
        #expect(try await phone.open { $0.retireAfter = .expiry }.age == .init(samples: 0, seconds: 0))
        await phone.goOffline()
        phone.time.setWall(900_000_000)
        let late = try await phone.open { $0.retireAfter = .expiry }
        _ = await late.scores()
        #expect(await late.age == nil)
    }
}
