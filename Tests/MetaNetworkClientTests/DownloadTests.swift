import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkClient

@Suite("Fetching a version of the model")
struct DownloadTests {
    private func bases(_ phone: borrowing Phone) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: phone.modelFolder.path + "/bases").sorted()
    }

    @Test("goes on after the app was ended, with what had come before, and says how far it is")
    func firstLaunch() async throws {
        let phone = try Phone()
        let total = phone.bundle.contents.device.count + phone.bundle.contents.vocabulary.count
        await phone.service.send(FakeFiles(cutAfter: 300))
        let seen = Collected<PersonalModel.Download>()
        await phone.service.interrupt { [count = Collected<Int>()] request in
            guard request.url.path.hasSuffix("/device") else { return nil }
            count.append(1)
            // Two parts come, and then the network is gone.
            if count.values.count == 3 { throw TransportError.failed("no network") }
            return nil
        }
        await #expect(throws: ClientError.self) { _ = try await phone.open { $0.whileOpening = { seen.append($0) } } }
        #expect(seen.values.map(\.received).max() == 600 && seen.values.allSatisfy { $0.total == total })
        #expect(try bases(phone).count == 1)
        await phone.service.send(FakeFiles())
        let later = Collected<PersonalModel.Download>()
        let model = try await phone.open { $0.whileOpening = { later.append($0) } }
        #expect(later.values.first.map { $0.received >= 600 } == true)
        #expect(later.values.map(\.received) == later.values.map(\.received).sorted())
        #expect(later.values.last == .init(received: total, total: total))
        let ranges = await phone.service.requests.filter { $0.url.path.hasSuffix("/device") }.map {
            $0.headers["Range"]
        }
        #expect(ranges == [nil, "bytes=300-", "bytes=600-", "bytes=600-"])
        #expect(await model.scores().count == TestBundle.itemCount)
        #expect(try bases(phone).allSatisfy { !$0.hasPrefix("fetching-") })
    }

    @Test("is a state of the model in use, which ranks on, and goes on after a back-off")
    func states() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        let scores = await model.scores()
        let next = try TestBundle(seed: 2)
        let total = next.contents.device.count + next.contents.vocabulary.count
        await phone.service.serve(next)
        await phone.service.send(FakeFiles(cutAfter: 200))
        let states = await model.states
        // Sixteen parts of 200 bytes are not all of it, and the refresh fails.
        try #require(next.contents.device.count > 16 * 200)
        await #expect(throws: ClientError.self) { try await model.refresh() }
        #expect(await model.scores() == scores)
        await phone.service.send(FakeFiles())
        phone.time.advance(10_000)
        try await model.refresh()
        #expect(await model.version == next.manifest.version)
        await model.record("film 1")
        try await model.refresh()
        var (received, failures) = ([[Int]](), 0)
        loop: for await state in states {
            switch state {
            case .refreshing: if received.last?.isEmpty != true { received.append([]) }
            case .fetching(let download):
                #expect(download.total == total)
                received[received.count - 1].append(download.received)
            case .offline: failures += 1
            case .personal: break loop
            default: break
            }
        }
        #expect(failures == 1)
        let (cut, rest) = (try #require(received.first), try #require(received.dropFirst().first { !$0.isEmpty }))
        #expect(cut.last == 16 * 200 && cut == cut.sorted())
        #expect(rest.first.map { $0 >= 16 * 200 } == true && rest.last == total && rest == rest.sorted())
    }

    @Test("of another version leaves nothing of the one before, nor does a version that is wanted no more")
    func leftovers() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        let earlier = phone.modelFolder.appendingPathComponent("bases/fetching-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: earlier, withIntermediateDirectories: true)
        let (second, third) = (try TestBundle(seed: 2), try TestBundle(seed: 3))
        func leftovers() throws -> [String] { try bases(phone).filter { $0.hasPrefix("fetching-") } }
        func cutOff(_ bundle: TestBundle) async throws -> [String] {
            await phone.service.serve(bundle)
            await phone.service.send(FakeFiles(cutAfter: 100))
            await #expect(throws: ClientError.self) { try await model.refresh() }
            phone.time.advance(100_000)
            return try leftovers()
        }
        let ofSecond = try await cutOff(second)
        let ofThird = try await cutOff(third)
        #expect(ofSecond.count == 1 && ofThird.count == 1 && ofSecond != ofThird)
        // The service goes back to the version in use.
        await phone.service.serve(phone.bundle)
        try await model.refresh()
        #expect(try leftovers().isEmpty)
    }

    @Test("that cannot be used is not fetched again, and one that was damaged on the disk is")
    func unusable() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.limits.memoryBytes = 100_000 }
        // Larger than this device's memory: its files are right all the same.
        let large = try TestBundle(
            seed: 2,
            names: (1...2_000).map { "film \($0)" },
            architecture: .paperSASRec(width: 16, window: 3, heads: 2)
        )
        await phone.service.serve(large)
        for _ in 0..<2 {
            try await model.refresh()
            #expect(await model.version == phone.bundle.manifest.version)
            phone.time.advance(100_000)
        }
        #expect(await phone.service.count("/device") == 2)
        #expect(try bases(phone).contains { $0.hasPrefix("fetching-") })
        let folder = try #require(try bases(phone).first { $0.hasPrefix("fetching-") })
        let file = phone.modelFolder.appendingPathComponent("bases/\(folder)/device.safetensors")
        var data = try Data(contentsOf: file)
        data[data.count / 2] ^= 1
        try data.write(to: file)
        try await model.refresh()
        #expect(try bases(phone).allSatisfy { !$0.hasPrefix("fetching-") })
    }

    @Test("goes into memory where the disk takes nothing, and the model runs")
    func fullDisk() async throws {
        let phone = try Phone()
        // A file where the folder would be.
        try FileManager.default.createDirectory(at: phone.modelFolder, withIntermediateDirectories: true)
        try Data().write(to: phone.modelFolder.appendingPathComponent("bases"))
        let seen = Collected<PersonalModel.Download>()
        let model = try await phone.open { $0.whileOpening = { seen.append($0) } }
        #expect(await model.scores().count == TestBundle.itemCount)
        #expect(seen.values.last.map { $0.received == $0.total } == true)
    }
}
