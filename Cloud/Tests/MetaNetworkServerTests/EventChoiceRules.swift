import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

/// How all stores count choices.
extension EventRule where Store == any EventStore {
    static var choices: [Self] { [means, trials, forgetting] }

    private static func message(
        _ device: String,
        _ ranks: [Int?],
        version: String = "v1",
        isHeldOut: Bool = false,
        time: Int = 50,
        first: Int = 0
    ) -> EventMessage {
        var message = EventMessage(
            device: device,
            model: "movies",
            events: ranks.enumerated().map { place, rank in
                var event = SampleEvents.Event(id: "event-\(first + place + 1000)", item: "a", time: time)
                event.ranking = .init(version: version, weights: .personal, rank: rank)
                return event
            }
        )
        message.assignment = ChoiceAssignment(version: "v1", isHeldOut: isHeldOut, trial: 100, released: ["v1", "v0"])
        return message
    }

    private static var means: Self {
        Self("counts each device once with the mean of its choices, and each event once however often it is sent") {
            maker in
            let store = try maker()
            for _ in 0..<2 {
                _ = try await store.append(message("a", [1, 3, 11, nil]))
                _ = try await store.append(message("b", [10]))
                _ = try await store.append(message("c", [1, 1], isHeldOut: true))
                _ = try await store.append(message("d", [1], version: "v9"))
                // Of a device that cannot be told from others.
                _ = try await store.append(EventMessage(device: "", model: "movies", events: message("e", [1]).events))
            }
            _ = try await store.append(message("a", [2, 100], first: 4))
            let arms = try await store.choices(of: "movies", trial: nil)
            #expect(Set(arms.keys) == [.init(version: "v1", isHeldOut: false), .init(version: "v1", isHeldOut: true)])
            let sums = try #require(arms[.init(version: "v1", isHeldOut: false)])
            let own = (1 + 1 / log2(4.0) + 1 / log2(3.0)) / 6
            #expect(sums.devices == 2 && sums.choices == 7)
            #expect(abs(sums.hits.sum - 1.5) < 1e-12 && abs(sums.hits.squares - 1.25) < 1e-12)
            #expect(abs(sums.gains.sum - (own + 1 / log2(11.0))) < 1e-12)
            #expect(arms[.init(version: "v1", isHeldOut: true)]?.gains.sum == 1)
            #expect(try await store.choices(of: "books", trial: nil).isEmpty)
        }
    }

    private static var trials: Self {
        Self("counts beside a candidate choices since it began, with the version that the device is to have") { maker in
            let store = try maker()
            _ = try await store.append(message("a", [1, 1], time: 99))
            _ = try await store.append(message("a", [20], time: 100, first: 2))
            _ = try await store.append(message("a", [1], version: "v0", time: 101, first: 3))
            let beside = try await store.choices(of: "movies", trial: 100)
            #expect(beside.keys.map(\.version) == ["v1"] && beside.values.first?.choices == 1)
            #expect(beside.values.first?.hits.sum == 0)
            let all = try await store.choices(of: "movies", trial: nil)
            #expect(all[.init(version: "v1", isHeldOut: false)]?.choices == 3)
            #expect(all[.init(version: "v0", isHeldOut: false)]?.choices == 1)
        }
    }

    private static var forgetting: Self {
        Self("counts no more what a device asks to forget, and what is too old") { maker in
            let clock = TestClock(1000)
            let store = try maker("events", clock)
            _ = try await store.append(message("a", [1]))
            _ = try await store.append(message("b", [1, 1]))
            clock.set(2000)
            _ = try await store.append(message("b", [1], first: 9))
            _ = try await store.append(message("c", [1]))
            func devices() async throws -> Int {
                try await store.choices(of: "movies", trial: nil).values.first?.devices ?? 0
            }
            #expect(try await devices() == 3)
            #expect(try await store.delete(device: "a") == 1)
            #expect(try await devices() == 2)
            #expect(try await store.delete(arrivedBefore: 1500) == 2)
            #expect(try await devices() == 1, "the sums of a device go with the first of its events")
        }
    }
}
