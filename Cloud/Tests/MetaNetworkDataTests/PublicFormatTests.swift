import Foundation
import MetaNetworkGzip
import Testing

@testable import MetaNetworkData

/// `Fixtures/formats.json`: what make_format_fixtures.py wrote in the layouts of public data sets.
private struct FormatFixtures: Decodable {
    let formats: [Format]
    /// Seconds since 1970 by the text, from Python's datetime.
    let times: [String: Double]

    struct Format: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let path: String
        let users: [String]
        let items: [String]
        let times: [Double]
        let parts: [String]

        var testDescription: String { name }
        var url: URL { FormatFixtures.folder.appendingPathComponent("formats").appendingPathComponent(path) }
    }

    static let folder = Bundle.module.bundleURL.appendingPathComponent("Fixtures")

    static let all: FormatFixtures? = {
        let file = folder.appendingPathComponent("formats.json")
        return (try? Data(contentsOf: file)).flatMap { try? JSONDecoder().decode(FormatFixtures.self, from: $0) }
    }()
}

@Suite("Public formats")
struct PublicFormatTests {
    private static let formats = FormatFixtures.all?.formats ?? []

    private func contents(_ log: InteractionLog) -> (users: [String], items: [String]) {
        (log.userIndices.map { log.users[Int($0)] }, log.itemIndices.map { log.items[Int($0)] })
    }

    @Test("are two dozen and one")
    func count() { #expect(Self.formats.count == 25 && Set(Self.formats.map(\.name)).count == 25) }

    /// MovieLens-100k as RecBole's package has it, which `make setup-tests` fetches: of nobody to pass on.
    private static let fetched = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../../.deps/ml-100k/ml-100k.inter").standardized

    @Test(
        "the first 50 lines of MovieLens-100k load as they were published",
        .enabled(if: FileManager.default.fileExists(atPath: fetched.path), "make setup-tests")
    )
    func publishedLines() throws {
        let lines = try String(contentsOf: Self.fetched, encoding: .utf8).split(separator: "\n").prefix(50)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let head = folder.appendingPathComponent("ml-100k.inter")
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: head)
        let log = try InteractionReader.read(head)
        let fields = lines.dropFirst().map { $0.split(separator: "\t").map(String.init) }
        #expect(fields.count == 49 && contents(log).users == fields.map { $0[0] })
        #expect(contents(log).items == fields.map { $0[1] })
        #expect(log.times == fields.map { Double($0[3]) })
        #expect(try DataCheck(head).problemCount == 0)
    }

    @Test("load as they are, without a word on their columns", arguments: formats)
    fileprivate func loads(format: FormatFixtures.Format) throws {
        let log = try InteractionReader.read(format.url)
        #expect(contents(log).users == format.users)
        #expect(contents(log).items == format.items)
        #expect(log.times.count == format.times.count)
        #expect(zip(log.times, format.times).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(log.parts.map(\.rawValue) == format.parts)
        let check = try DataCheck(format.url)
        #expect(check.interactions == format.users.count && check.problemCount == 0 && check.leftOut == 0)
        let dataset = try InteractionDataset(log, kCore: 1)
        #expect(dataset.userCount == 8 && dataset.split == (format.parts.isEmpty ? .lastTenth : .asGiven))
    }

    /// Parquet takes Python's pyarrow: the tests of the tool convert to it and back.
    private static let targets = RecordFile.Format.allCases.filter { $0 != .parquet }

    @Test("become every other format and stay the same data", arguments: formats, targets)
    fileprivate func converts(format: FormatFixtures.Format, target: RecordFile.Format) throws {
        guard format.parts.isEmpty else {
            #expect(throws: DataError.self) {
                try InteractionConversion(format.url, to: URL(fileURLWithPath: "/nowhere/a.csv"))
            }
            return
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let before = try InteractionReader.read(format.url)
        for packed in ["", ".gz"] {
            let file = folder.appendingPathComponent("log.\(target.rawValue)\(packed)")
            let conversion = try InteractionConversion(format.url, to: file)
            #expect(conversion.interactions == before.count)
            let bytes = try Data(contentsOf: file)
            #expect(Inflater.isGzip(bytes) == !packed.isEmpty)
            let after = try InteractionReader.read(file)
            #expect(contents(after).users == contents(before).users && contents(after).items == contents(before).items)
            #expect(after.times == before.times)
            #expect(try InteractionDataset(after, kCore: 1).digest == InteractionDataset(before, kCore: 1).digest)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
    }

    @Test("have times that Python's datetime reads as the same seconds")
    func times() throws {
        let times = try #require(FormatFixtures.all?.times)
        #expect(times.count == 10)
        for (text, seconds) in times { #expect(self.seconds(text) == seconds, "\(text)") }
        #expect(seconds("1400000000") == 1_400_000_000 && seconds("1400000000.5") == 1_400_000_000.5)
        #expect(seconds("1400000000250") == 1_400_000_000.25 && seconds("1400000000250000") == 1_400_000_000.25)
        #expect(
            abs((seconds("1400000000250000000") ?? .nan) - 1_400_000_000.25) < 1e-6 && seconds("-5") == -5
                && seconds(" 7 ") == 7
        )
        for bad in [
            "", "yesterday", "nan", "2023-02-29", "2024-13-01", "2024-00-01", "2024-1-1", "2024-01/01", "2024-01-01T",
            "2024-01-01T24:00", "2024-01-01T10:60", "2024-01-01T10:00:00.", "2024-01-01T10:00:00 EST", "2024-01-01x",
            "Tue Foo 03 18:00:09 +0000 2012", "Tue Feb 30 18:00:09 +0000 2012", "2024-01-01T10:00:00+25:00",
        ] {
            #expect(seconds(bad) == nil, "\(bad)")
        }
    }

    private func seconds(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { InteractionTime.seconds($0) }
    }
}
