import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkServer

/// What holds of versions that come and go.
extension BundleStoreRule {
    static let rollout = [concurrentPublishers, history, healthyRollback, pruning]

    private static let editor = ReleaseEditor(name: "ann@build", time: 1_700_000_000)

    private static func good(_ version: String, _ store: any BundleStore, at time: Int = 1) async throws {
        try await store.note(VersionHealth(served: time, by: "host"), of: BundleID(model: "movies", version: version))
    }

    private static func bad(_ version: String, _ store: any BundleStore) async throws {
        let health = VersionHealth(failed: 2, reason: "it trapped", by: "host")
        try await store.note(health, of: BundleID(model: "movies", version: version))
    }

    private static let concurrentPublishers = Self(
        "many publishers at once lose nothing: every version is stored, and every change is in the history"
    ) { open, fixture in
        let versions = (0..<12).map { "v\($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for version in versions {
                let store = try open()
                group.addTask { try await store.publish(fixture.bundle(version), by: editor) }
            }
            try await group.waitForAll()
        }
        let store = try open()
        let releases = try await store.releases(of: "movies")
        #expect(try await Set(store.versions(of: "movies")) == Set(versions))
        #expect(Set(releases.history.map(\.version)) == Set(versions) && releases.history.count == versions.count)
        // One after the other: each replaced the one before it.
        #expect(releases.history.dropFirst().map(\.replaced) == releases.history.dropLast().map(\.version))
        #expect(releases.current == releases.history.last?.version)
        #expect(releases.previous == releases.history.dropLast().last?.version)
    }

    private static let history = Self("its history says who did what, and when") { open, fixture in
        let store = try open()
        try await store.publish(fixture.bundle("v1"), by: editor)
        try await store.publish(fixture.bundle("v1"), by: editor)
        try await store.publish(fixture.bundle("v2"), share: 0.05, by: editor)
        try await store.publish(fixture.bundle("v2"), share: 0.5, by: editor)
        try await store.promote("movies", by: editor)
        try await store.publish(fixture.bundle("v3"), share: 0.1, by: editor)
        try await store.rollback("movies", by: editor)
        try await store.rollback("movies", by: editor)
        let history = try await store.releases(of: "movies").history
        #expect(history.map(\.action) == [.publish, .share, .share, .promote, .share, .drop, .rollback])
        #expect(history.map(\.version) == ["v1", "v2", "v2", "v2", "v3", "v3", "v1"])
        #expect(history.map(\.share) == [nil, 0.05, 0.5, nil, 0.1, nil, nil])
        #expect(history.allSatisfy { $0.by == "ann@build" && $0.time == 1_700_000_000 })
    }

    private static let healthyRollback = Self(
        "goes back to the last version that was served, past those that never were"
    ) {
        open,
        fixture in
        let store = try open()
        for version in ["v1", "v2", "v3", "v4"] { try await store.publish(fixture.bundle(version)) }
        try await good("v1", store)
        try await good("v2", store)
        try await bad("v2", store)
        try await bad("v4", store)
        // Version 3 never was served, and 2 fails since.
        #expect(try await store.rollback("movies").now == Releases(current: "v1", previous: "v4"))
        let error = await #expect(throws: RegistryError.self) { try await store.rollback("movies") }
        #expect(error?.description.contains("--to") == true)
        #expect(try await store.rollback("movies", to: "v3").now == Releases(current: "v3", previous: "v1"))
        for name in ["v3", "v", "", "v9"] {
            await #expect(throws: RegistryError.self) { try await store.rollback("movies", to: name) }
        }
        try await store.publish(fixture.bundle("w1"), share: 0.5)
        #expect(try await store.rollback("movies", to: "w").now == Releases(current: "w1", previous: "v3"))
        #expect(try await store.rollback("movies").current == "v1")
    }

    private static let pruning = Self(
        "old versions go, but none that is released, among the newest or was served within a day"
    ) { open, fixture in
        let store = try open()
        for version in ["v1", "v2", "v3", "v4", "v5", "v6"] {
            try await store.publish(fixture.bundle(version))
            // The folder's order is that of its times.
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await store.versions(of: "movies") == ["v6", "v5", "v4", "v3", "v2", "v1"])
        try await good("v3", store, at: 1_000_000)
        try await good("v2", store, at: 1_000_000 - 86_400)
        try await store.rollback("movies", to: "v1")
        // v1 is current, v6 previous, v3 may still run somewhere, v5 is the second newest.
        #expect(try await Set(store.prune("movies", keeping: 2, at: 1_000_000)) == ["v2", "v4"])
        #expect(try await Set(store.versions(of: "movies")) == ["v1", "v3", "v5", "v6"])
        #expect(try await store.prune("movies", keeping: 1, at: 2_000_000).sorted() == ["v3", "v5"])
        #expect(try await !store.remove(BundleID(model: "movies", version: "v1")))
        #expect(try await Set(open().versions(of: "movies")) == ["v1", "v6"])
    }
}
