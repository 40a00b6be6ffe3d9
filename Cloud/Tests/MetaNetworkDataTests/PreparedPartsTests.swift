import Foundation
import Testing

@testable import MetaNetworkData

private let packages = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../.deps/python").standardized

/// Prepared data that are read part by part, by Python in a process of its own.
@Suite(
    "Parts of prepared data",
    .serialized,
    .enabled(if: FileManager.default.fileExists(atPath: packages.path), "scripts/setup --tests")
)
final class PreparedPartsTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private var prepared: URL { folder.appendingPathComponent("prepared") }

    /// Four parts, each with more than a pipe holds.
    init() throws {
        setenv("PYTHONPATH", packages.path, 1)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var lines = "user_id,item_id,timestamp\n"
        for number in 0..<120_000 { lines += "u\(number % 40),i\((number * 7 + number / 40) % 101),\(number)\n" }
        let log = folder.appendingPathComponent("log.csv")
        try Data(lines.utf8).write(to: log)
        var preparation = Preparation(log.path)
        (preparation.leastEvents, preparation.parts, preparation.memory, preparation.threads) = (1, 4, 1, 1)
        let dependencies = packages.deletingLastPathComponent().path
        _ = try preparation.run(
            to: prepared,
            with: DuckDB(environment: ["METANETWORK_DEPS": dependencies], executable: nil)
        )
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func parts() throws -> PreparedParts { try PreparedParts(PreparedData(prepared), split: .lastTenth) }

    private func part(_ number: Int) -> URL {
        prepared.appendingPathComponent("histories/part-000\(number).parquet")
    }

    /// Writes the manifest anew: of the files as they are, and of another number of interactions.
    private func seal(addingInteractions more: Int = 0) throws {
        let before = try JSONDecoder().decode(
            PreparedManifest.self,
            from: Data(contentsOf: prepared.appendingPathComponent(PreparedManifest.name))
        )
        try PreparedManifest(
            users: before.users,
            items: before.items,
            interactions: before.interactions + more,
            leastEvents: before.leastEvents,
            files: PreparedManifest.files(in: prepared)
        ).write(to: prepared)
    }

    private func count(_ parts: PreparedParts) throws -> Int {
        var count = 0
        try parts.forEach { count += $1.items.count }
        return count
    }

    /// The processes that this one has started, those too that have ended and that nobody waited for.
    private func children() throws -> [pid_t] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap(pid_t.init).filter { process in
            guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
            // Behind the name, which may have anything in it: state and parent.
            let words = text.split(separator: ")").last?.split(separator: " ") ?? []
            return words.count > 1 && words[1] == "\(ProcessInfo.processInfo.processIdentifier)"
        }
    }

    private func waitUntilNoneIsLeft() throws {
        let end = ContinuousClock.now + .seconds(20)
        while try !children().isEmpty, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.02) }
        #expect(try children() == [])
    }

    @Test("are all read by one process, again and again, which is gone with the last copy of what reads them")
    func one() throws {
        do {
            let parts = try parts()
            #expect(try count(parts) == 120_000)
            let first = try children()
            #expect(first.count == 1 || !FileManager.default.fileExists(atPath: "/proc/self/stat"))
            let copy = parts
            #expect(try count(copy) == 120_000)
            #expect(try children() == first)
        }
        try waitUntilNoneIsLeft()
    }

    @Test("are read on after somebody stopped in the middle of one, and no process is left that waits to be read")
    func stopped() throws {
        struct Stop: Error {}
        do {
            let parts = try parts()
            #expect(throws: Stop.self) { try parts.forEach { _, _ in throw Stop() } }
            #expect(try count(parts) == 120_000)
            let reader = PreparedReader()
            for _ in 0..<3 {
                let rows = try reader.read(.choices, part(2)) { (pieces) throws(DataError) in try pieces.rows() }
                #expect(rows == 10)
            }
            let problem = #expect(throws: DataError.self) {
                try reader.read(.choices, part(1)) { (pieces) throws(DataError) in
                    _ = try pieces.rows()
                    throw DataError("it is not wanted")
                }
            }
            #expect(problem?.description == "it is not wanted")
            #expect(try parts.part(3).items.count == 30_000)
        }
        try waitUntilNoneIsLeft()
    }

    @Test("that are no Parquet, or gone, are named with what to do, and the others are read")
    func damaged() throws {
        try Data("PAR1 and nothing else".utf8).write(to: part(1))
        try seal()
        do {
            let parts = try parts()
            let problem = #expect(throws: DataError.self) { try parts.part(1) }
            #expect(problem?.description.hasPrefix("\(part(1).path): pyarrow cannot read or write it: ") == true)
            #expect(try parts.part(0).items.count == 30_000)
            try FileManager.default.removeItem(at: part(2))
            let gone = #expect(throws: DataError.self) { try parts.part(2) }
            #expect(gone?.description == "\(part(2).path) is missing; prepare the data again")
            // Gone between the look at it and the reading.
            let reader = PreparedReader()
            let vanished = #expect(throws: DataError.self) {
                try reader.read(.choices, part(2)) { (pieces) throws(DataError) in try pieces.rows() }
            }
            #expect(vanished?.description.contains("part-0002.parquet: pyarrow cannot read") == true)
            #expect(try parts.part(3).items.count == 30_000)
        }
        try waitUntilNoneIsLeft()
    }

    @Test("are read by another process where the one that reads is killed, once that was said")
    func killed() throws {
        do {
            let parts = try parts()
            #expect(try parts.part(0).items.count == 30_000)
            for process in try children() { kill(process, SIGKILL) }
            let problem = #expect(throws: DataError.self) { try parts.part(1) }
            let reason = "part-0001.parquet: pyarrow cannot read or write it: python3 was ended by signal 9"
            #expect(problem?.description.hasSuffix(reason) == true, "\(problem as Any)")
            #expect(try parts.part(1).items.count == 30_000)
            // A terminal sends Ctrl-C to all, and some launchers SIGTERM.
            for process in try children() { for number in [SIGINT, SIGTERM] { kill(process, number) } }
            #expect(try parts.part(2).items.count == 30_000)
        }
        try waitUntilNoneIsLeft()
    }

    @Test("that have other sums than the manifest says are refused, with both")
    func sums() throws {
        #expect(try count(parts()) == 120_000)
        try seal(addingInteractions: 5)
        let parts = try parts()
        let problem = #expect(throws: DataError.self) { try parts.forEach { _, _ in } }
        #expect(
            problem?.description.contains(
                "its 4 parts have 120000 interactions of 40 users in place of 120005 of 40, which does not fit its names and manifest; prepare"
            ) == true
        )
    }
}
