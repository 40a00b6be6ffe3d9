import Foundation
import MetaNetworkWire
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("What a server remembers of many devices")
struct GenerationsTests {
    /// A key that counts how often it is hashed: whoever searches or copies a table hashes or compares all that is in it.
    private struct CountedKey: Hashable {
        static let work = Mutex(0)
        let number: Int

        static func == (left: Self, right: Self) -> Bool {
            work.withLock { $0 += 1 }
            return left.number == right.number
        }

        func hash(into hasher: inout Hasher) {
            Self.work.withLock { $0 += 1 }
            hasher.combine(number)
        }
    }

    @Test("costs the same for each device, however many there are", arguments: [1_000, 100_000])
    func cost(limit: Int) {
        var generations = Generations<CountedKey, Int>(limit: limit)
        let now = ContinuousClock.now
        func work(_ count: Int, _ first: Int) -> Double {
            let before = CountedKey.work.withLock { $0 }
            for number in first..<first + count {
                let key = CountedKey(number: number)
                if generations.value(of: key, now: now) == nil { generations.keep(number, for: key, now: now) }
            }
            return Double(CountedKey.work.withLock { $0 } - before) / Double(count)
        }
        // Far beyond what there is room for: a search at the limit would cost as many steps as there are entries.
        let empty = work(limit / 2, 0)
        let full = work(4 * limit, limit / 2)
        #expect(empty < 20 && full < 20, "\(empty) and \(full) steps a device")
        #expect(generations.count <= 2 * limit)
    }

    @Test("keeps what is used, and forgets the rest once there is no room or its time is over")
    func generations() {
        let start = ContinuousClock.now
        var generations = Generations<String, Int>(limit: 10, lifetime: .seconds(60), now: start)
        generations.keep(7, for: "used", now: start)
        generations.keep(8, for: "unused", now: start)
        for number in 0..<100 {
            generations.keep(number, for: "\(number)", now: start)
            #expect(generations.value(of: "used", now: start) == 7)
            #expect(generations.count <= 20)
        }
        #expect(generations.value(of: "unused", now: start) == nil)
        #expect(generations.value(of: "used", now: start + .seconds(61)) == 7)
        #expect(generations.value(of: "99", now: start + .seconds(200)) == nil && generations.count == 0)
    }

    @Test("buckets of a million devices are bounded, and a device that goes on asking keeps its own")
    func buckets() {
        let start = ContinuousClock.now
        let limiter = RateLimiter(
            device: .init(perSecond: 0.001, burst: 1),
            overall: .init(perSecond: 1e9, burst: 1e9),
            limit: 10_000,
            now: start
        )
        #expect(limiter.admit("greedy", now: start) == nil)
        for number in 0..<100_000 {
            #expect(limiter.admit("device-\(number)", now: start) == nil)
            if number % 100 == 0 { #expect(limiter.admit("greedy", now: start) != nil) }
        }
        #expect(limiter.count <= 2 * 10_000)
    }

    @Test("tokens beyond those that are remembered are verified as before")
    func tokens() async throws {
        let authority = await TokenAuthority(secrets: [TokenSecret([UInt8](repeating: 7, count: 32))], limit: 160)
        var tokens: [String] = []
        for number in 0..<1000 { tokens.append(try await authority.token(for: "device-\(number)").token) }
        for _ in 0..<2 {
            for (number, token) in tokens.enumerated() {
                #expect(await authority.device(of: token) == "device-\(number)")
            }
        }
        #expect(authority.knownCount <= 320)
    }
}
