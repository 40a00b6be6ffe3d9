import Crypto
import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

/// A publisher goes over to another key, as docs/operations.md says: apps pin both, the new one signs, a later app drops the old one.
@Suite("A publisher's change of keys")
struct KeyRotationTests {
    /// When a device is online, and when it gets the app without the old key.
    private struct Habit {
        /// Whether it has a network in each of the weeks.
        let online: [Bool]
        /// The week of the new app, at whose start it has a network: apps come over one.
        let update: Int
    }

    /// A device as far as it remembers: its newest statement, and the one of the version that it runs.
    private struct Device {
        var known: ReleaseStatement?
        var stored: String?
        var refusals = 0
    }

    private let old = FakePublisher("old")
    private let new = FakePublisher("new")

    /// Draws the habits of the devices: always online, offline for some weeks, offline for all but the first and the last.
    private func habits(_ count: Int, weeks: Int) -> [Habit] {
        var random = SeededGenerator(state: 7)
        return (0..<count).map { number in
            let online = (0..<weeks).map { week in
                switch number % 4 {
                case 0: true
                case 1: week == 0 || week >= weeks - 1
                default: week == 0 || Double.random(in: 0..<1, using: &random) < 0.4
                }
            }
            return Habit(online: online, update: Int.random(in: 6..<weeks, using: &random))
        }
    }

    @Test("of 1,000 devices, online and offline, none is locked out")
    func rehearsal() throws {
        let weeks = 12
        let bundle = try TestBundle()
        let digest = SHA256.hexadecimal(of: bundle.contents.manifest)
        // The publisher signs each week: five with the old key, and from the sixth on with the new one.
        var statements: [ReleaseStatement] = []
        for week in 0..<weeks {
            let issued = 1_000_000 + week * 7 * 86_400
            let key = week < 5 ? old : new
            statements.append(
                try key.statement(of: bundle, after: statements.last, issued: issued, expires: issued + 365 * 86_400)
            )
        }
        let both = ReleaseCheck(publishers: [try old.pinned, try new.pinned], model: TestBundle.model)
        let later = ReleaseCheck(publishers: [try new.pinned], model: TestBundle.model)
        var (devices, without) = ([Device](repeating: Device(), count: 1_000), 0)
        // What a check says follows from what it is given, and many devices give it the same.
        var (taken, launched) = ([[Int]: ReleaseStatement?](), [[Int]: Bool]())
        for (number, habit) in habits(devices.count, weeks: weeks).enumerated() {
            for week in 0..<weeks {
                let check = week < habit.update ? both : later
                // The new app came over a network.
                if habit.online[week] || week == habit.update {
                    let known = devices[number].known
                    let given = [week, known.map(\.counter) ?? 0, check.publishers.count]
                    let release =
                        taken[given]
                        ?? (try? check.statement(
                            statements[week].headerValue,
                            of: digest,
                            after: known,
                            now: 1_000_000 + week * 7 * 86_400 + 3_600
                        ))
                    taken[given] = .some(release)
                    if let release {
                        devices[number].known = release
                        devices[number].stored = release.headerValue
                    } else {
                        devices[number].refusals += 1
                    }
                }
                // The launch of that week, without a network.
                let given = [devices[number].known.map(\.counter) ?? 0, check.publishers.count]
                let isGood = launched[given] ?? ((try? check.signed(devices[number].stored, of: digest)) != nil)
                launched[given] = isGood
                if !isGood { without += 1 }
            }
        }
        #expect(devices.allSatisfy { $0.refusals == 0 } && without == 0)
        // Signed by the old key alone to the end, an app that drops it is locked out: the order of the steps matters.
        let late = statements[4].headerValue
        #expect(throws: ClientError.self) { try later.signed(late, of: digest) }
    }

    @Test("a device with the SDK goes through it from its folder, offline in between")
    func folder() async throws {
        let phone = try Phone()
        let service = try phone.service.publicKey
        let both = Trust.keys([service], publishers: [try old.pinned, try new.pinned])
        let first = try old.statement(of: phone.bundle)
        await phone.service.pass(on: first)
        let scores = try await phone.open { $0.trust = both }.scores()
        // The new key signs; the app that still pins both meets it.
        await phone.service.pass(on: try new.statement(of: phone.bundle, after: first))
        let model = try await phone.open { $0.trust = both }
        await model.record("film 2")
        try await model.refresh()
        await phone.goOffline()
        let later = Trust.keys([service], publishers: [try new.pinned])
        let dropped = try await phone.open { $0.trust = later }
        #expect(await dropped.rank(["film 1"]).count == 1 && scores.count == TestBundle.itemCount)
    }
}
