import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkClient

@Suite("What a device keeps")
struct StorageTests {
    private func entries(_ phone: borrowing Phone, _ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: phone.modelFolder.appendingPathComponent(folder).path)
            .sorted()
    }

    @Test("Samples and the last two sets of personal weights survive a restart")
    func restart() async throws {
        let phone = try Phone()
        var model = try await phone.open()
        for number in 1...4 {
            await model.record("film \(number)")
            try await model.refresh()
        }
        #expect(try entries(phone, "personal") == ["3", "4"])
        let scores = await model.scores()
        await phone.goOffline()
        phone.time.advance(10)
        model = try await phone.open()
        #expect(await model.history == (1...4).map { "film \($0)" })
        #expect(await model.scores() == scores)
        #expect(await model.age == .init(samples: 0, seconds: 10))
        await model.record("film 9")
        #expect(await model.age == .init(samples: 1, seconds: 10))
    }

    @Test("A damaged set is set aside and told of; the one before it is used", arguments: [0, 40, 64, 65, 200, -1])
    func damagedParameters(place: Int) async throws {
        let phone = try Phone()
        var model = try await phone.open()
        await model.record("film 1")
        try await model.refresh()
        let first = await model.scores()
        await phone.service.forge { $0.weights["user.bias"] = try WeightTensor(shape: [4], values: [1, 2, 3, 4]) }
        try await model.refresh()
        #expect(await model.scores() != first)
        let file = phone.modelFolder.appendingPathComponent("personal/2")
        var data = try Data(contentsOf: file)
        if place < 0 { data.removeLast() } else { data[place] ^= 4 }
        try data.write(to: file)
        await phone.goOffline()
        model = try await phone.open()
        #expect(await model.scores() == first)
        #expect(try entries(phone, "personal") == ["1", "damaged"])
        var states = await model.states.makeAsyncIterator()
        guard case .notice(.storage) = await states.next() else {
            Issue.record("no notice of the damage")
            return
        }
    }

    @Test("Lines that are no samples are left out, told of and repaired; a line cut short spoils itself alone")
    func damagedSamples() async throws {
        let phone = try Phone()
        var model = try await phone.open()
        await model.record("film 1")
        let file = phone.modelFolder.appendingPathComponent("samples.jsonl")
        var data = try Data(contentsOf: file)
        data.append(Data("\n{\"id\":\"x\",\"item\":\"\",\"time\":1}\nnonsense\n{\"id\":\"torn\",\"it".utf8))
        try data.write(to: file)
        model = try await phone.open()
        await model.record("film 2")
        #expect(try await phone.open().history == ["film 1", "film 2"])
    }

    @Test("A log that cannot be read is set aside, and a new one begun")
    func unreadableSamples() async throws {
        let phone = try Phone()
        _ = try await phone.open()
        let file = phone.modelFolder.appendingPathComponent("samples.jsonl")
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
        let model = try await phone.open()
        await model.record("film 1")
        #expect(try await phone.open().history == ["film 1"])
    }

    @Test("No more samples are kept than the limit says, in memory and on disk")
    func bounded() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.limits.samples = 10 }
        for number in 0..<100 { await model.record("film \(number % 12)") }
        #expect(await model.history.count <= 15)
        let reopened = try await phone.open { $0.limits.samples = 10 }
        #expect(await reopened.history == (90..<100).map { "film \($0 % 12)" })
        let lines = try String(contentsOf: phone.modelFolder.appendingPathComponent("samples.jsonl"), encoding: .utf8)
        #expect(lines.split(separator: "\n").count <= 20)
    }

    @Test("Two at once on one directory lose no sample and tear no file")
    func twoProcesses() async throws {
        let phone = try Phone()
        let models = [try await phone.open(), try await phone.open(), try await phone.open()]
        await withTaskGroup(of: Void.self) { group in
            for (index, model) in models.enumerated() {
                group.addTask {
                    for number in 0..<40 {
                        await model.record("sample \(index) \(number)")
                        if number % 10 == 0 {
                            await model.record("film 1")
                            try? await model.refresh()
                        }
                    }
                }
            }
        }
        let reopened = try await phone.open()
        #expect(Set(await reopened.history).count == 121)
        #expect(await reopened.age != nil)
        #expect(try entries(phone, "personal").count == 2)
        for await state in await reopened.states {
            #expect(state == (await reopened.state))
            break
        }
    }

    @Test("A version that another process puts in place of a damaged one is used, and not set aside")
    func replacedMeanwhile() async throws {
        let phone = try Phone()
        _ = try await phone.open()
        let folder = ModelFolder(directory: phone.folder, model: TestBundle.model, limits: Limits())
        let digest = try #require(folder.baseDigests(current: nil).first)
        let place = folder.bases.appendingPathComponent(digest)
        let number = folder.number(ofBase: digest)
        // Another process moves its own copy there, as `keep` does.
        let copy = folder.bases.appendingPathComponent("fetching-x")
        try FileManager.default.copyItem(at: place, to: copy)
        try FileManager.default.removeItem(at: place)
        try FileManager.default.createDirectory(
            at: folder.bases.appendingPathComponent("filler"),
            withIntermediateDirectories: true
        )
        try FileManager.default.moveItem(at: copy, to: place)
        #expect(!folder.setAside(base: digest, ifStill: number))
        #expect(try folder.lockedContents(ofBase: digest).manifest == phone.bundle.contents.manifest)
        #expect(folder.setAside(base: digest, ifStill: folder.number(ofBase: digest)))
        #expect(!FileManager.default.fileExists(atPath: place.path))
    }

    @Test("A version is not taken for damaged because another process holds the folder")
    func heldBase() async throws {
        let phone = try Phone()
        let scores = try await phone.open().scores()
        await phone.goOffline()
        // Another file descriptor than the model's, as another process has.
        let lock = open(phone.modelFolder.appendingPathComponent("lock").path, O_RDWR)
        try #require(flock(lock, LOCK_EX) == 0)
        let held = try await phone.open().scores()
        close(lock)
        #expect(held == scores)
        #expect(try entries(phone, "bases").count == 1)
        #expect(try await phone.open().scores() == scores)
    }

    @Test("A folder that another process holds does not hold up the app: it goes on in memory and says so once")
    func held() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        let states = await model.states
        try FolderLock(folder: phone.modelFolder).locked {
            let done = DispatchSemaphore(value: 0)
            Task {
                await model.record("film 1")
                await model.record("film 2")
                done.signal()
            }
            done.wait()
        }
        #expect(await model.history == ["film 1", "film 2"])
        await model.record("film 3")
        #expect(try await phone.open().history == ["film 1", "film 2", "film 3"])
        var notices = 0
        await model.record("")
        for await state in states {
            if case .notice(.storage) = state { notices += 1 }
            if case .notice(.invalidSample) = state { break }
        }
        #expect(notices == 1)
    }

    @Test("With a full disk everything goes on in memory")
    func fullDisk() async throws {
        let phone = try Phone()
        // A file where the folder should be: nothing can be written below it.
        try FileManager.default.createDirectory(at: phone.folder, withIntermediateDirectories: true)
        try Data().write(to: phone.modelFolder)
        let model = try await phone.open { $0.sharesSamples = true }
        await model.record("film 1")
        try await model.refresh()
        #expect(await model.history == ["film 1"])
        #expect(await model.age == .init(samples: 0, seconds: 0))
        #expect(await phone.service.storedEvents.count == 1)
        var notices = 0
        for await state in await model.states {
            guard case .notice(.storage) = state else { break }
            notices += 1
        }
        #expect(notices > 0)
    }

    @Test(
        "A disk that fills up later keeps what it has, and takes the rest when there is room",
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "run it on Linux, which has /dev/full")
    )
    func fillingDisk() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        let log = phone.modelFolder.appendingPathComponent("samples.jsonl")
        try FileManager.default.createSymbolicLink(atPath: log.path, withDestinationPath: "/dev/full")
        await model.record("film 1")
        await model.record("film 2")
        try FileManager.default.removeItem(at: log)
        await model.record("film 3")
        #expect(try await phone.open().history == ["film 1", "film 2", "film 3"])
    }

    @Test("Forgetting leaves nothing of the user, and an answer on its way is not used")
    func forget() async throws {
        let phone = try Phone()
        let model = try await phone.open {
            $0.credentials = .appKey("app key")
            $0.sharesSamples = true
        }
        let base = await model.scores()
        await model.record("film 1")
        try await model.refresh()
        let id = try #require(await phone.service.tokenDevices.first)
        let (asked, isAsked) = AsyncStream.makeStream(of: Void.self)
        await phone.service.interrupt { _ in
            isAsked.finish()
            try await Task.sleep(for: .milliseconds(80))
            return nil
        }
        let running = Task { try await model.refresh() }
        for await _ in asked {}
        try await model.forget()
        await #expect(throws: ClientError.forgotten) { try await running.value }
        await phone.service.interrupt(nil)
        await model.waitUntilIdle()
        #expect(await phone.service.deletions == [id])
        #expect(await model.history.isEmpty)
        #expect(await model.scores() == base)
        #expect(await model.age == nil)
        let files = FileManager.default.enumerator(at: phone.modelFolder, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            let text = (try? Data(contentsOf: file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            #expect(file.path.contains("/bases/") || !text.contains("film"))
            #expect(!text.contains(id))
        }
        await model.record("film 2")
        try await model.refresh()
        #expect(await phone.service.tokenDevices.last != id)
    }

    @Test("What was shared is deleted at the service too, once it can be reached, and only where something was shared")
    func forgetAtService() async throws {
        let phone = try Phone()
        let change: (inout PersonalModel.Configuration) -> Void = {
            $0.credentials = .appKey("app key")
            $0.sharesSamples = true
        }
        let model = try await phone.open(change)
        try await model.forget()
        await model.waitUntilIdle()
        #expect(await phone.service.deletions.isEmpty)
        await model.record("film 1")
        try await model.refresh()
        let first = try #require(await phone.service.tokenDevices.last)
        await phone.goOffline()
        try await model.forget()
        await model.waitUntilIdle()
        #expect(await phone.service.deletions.isEmpty)
        await phone.service.interrupt(nil)
        // The app was started anew since.
        let again = try await phone.open(change)
        await again.waitUntilIdle()
        #expect(await phone.service.deletions == [first])
        let third = try await phone.open(change)
        await third.waitUntilIdle()
        #expect(await phone.service.deletions == [first])
        #expect(!FileManager.default.fileExists(atPath: phone.modelFolder.appendingPathComponent("forgotten").path))
    }
}
