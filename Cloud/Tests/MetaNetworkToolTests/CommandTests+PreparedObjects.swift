import Foundation
import MetaNetwork
import MetaNetworkBundles
import Testing

@testable import MetaNetworkServer

extension CommandTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardized
    private static let canPrepareObjects = ["python", "seaweedfs"].allSatisfy {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(".deps/\($0)").path)
    }

    @Test(
        "prepared data in S3 train the same model as in a folder, are fetched once, and are refused where an object is another or a manifest is there",
        .enabled(if: canPrepareObjects, "scripts/setup --tests")
    )
    func preparedObjects() async throws {
        let server = folder.appendingPathComponent("s3").path
        let url = try seaweed("start", server)
        defer { _ = try? seaweed("stop", server) }
        func environment(_ cache: String) -> [String: String] {
            [
                "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "publisher",
                "AWS_SECRET_ACCESS_KEY": "secret-of-publisher",
                "XDG_CACHE_HOME": folder.appendingPathComponent(cache).path,
                "PYTHONPATH": Self.root.appendingPathComponent(".deps/python").path,
            ]
        }
        let place = "s3://models/logs/movies"
        let store = try S3Store(S3Address(place), environment: environment("c"))
        func prepare(_ out: String, _ more: String...) throws -> Output {
            try run(
                [
                    "data", "prepare", "log.csv", "--least-events", "1", "--parts", "3", "--threads", "1", "--memory",
                    "1",
                ]
                    + Self.columnsOfLog + ["--out", out] + more,
                environment: environment("c")
            )
        }
        func train(_ data: String, _ cache: String = "c", _ key: String = "secret-of-publisher") throws -> Output {
            try run(
                ["train", "--data", data, "--k-core", "1", "--width", "8", "--epochs", "1", "--threads", "1"]
                    + ["--quiet", "--out", "trained"],
                environment: environment(cache).merging(["AWS_SECRET_ACCESS_KEY": key]) { $1 }
            )
        }
        func digest() throws -> String? {
            try ModelBundle(contentsOf: folder.appendingPathComponent("trained")).provenance
                .training[ModelBundle.dataDigest]
        }
        #expect(try prepare("prepared").status == 0)
        let made = try prepare(place)
        #expect(made.status == 0 && made.out.contains("\(place): 600 interactions of 30 users"), "\(made.error)")
        #expect(try train("prepared:prepared").status == 0)
        let expected = try #require(try digest())
        let first = try train("prepared:\(place)")
        #expect(try first.status == 0 && digest() == expected, "\(first.error)")

        // A second time nothing but the manifest is asked for: what it names may be gone.
        let part = "histories/part-0001.parquet"
        guard case .contents(let bytes, let tag) = try await store.get(part, unless: nil) else {
            Issue.record("there is no \(part)")
            return
        }
        try await store.delete(part)
        #expect(try train("prepared:\(place)").status == 0)
        let missing = try train("prepared:\(place)", "d")
        #expect(missing.status == 2 && missing.error.contains("\(part) is missing"), "\(missing.error)")
        var other = bytes
        other[other.count / 2] ^= 1
        #expect(try await store.put(part, other, if: .absent) != nil && tag.text != "")
        let changed = try train("prepared:\(place)", "d")
        #expect(changed.status == 2 && changed.error.contains("\(part) is another than was prepared"))
        let kept = try FileManager.default.subpathsOfDirectory(
            atPath: folder.appendingPathComponent("d/metanetwork/prepared").path
        )
        #expect(!kept.contains { $0.hasSuffix(".parquet") }, "\(kept)")
        try await store.delete(part)
        #expect(try await store.put(part, bytes, if: .absent) != nil)
        // What this machine keeps was changed: it is fetched again.
        let cached = folder.appendingPathComponent("c/metanetwork/prepared")
        let file = try #require(
            FileManager.default.subpathsOfDirectory(atPath: cached.path).first { $0.hasSuffix(part) }
        )
        try other.write(to: cached.appendingPathComponent(file))
        #expect(try train("prepared:\(place)").status == 0 && digest() == expected)

        let again = try prepare(place)
        #expect(again.status == 2 && again.error.contains("manifest.json is there already"), "\(again.error)")
        try await store.delete("manifest.json")
        let left = try prepare(place)
        #expect(left.status == 2 && left.error.contains("parquet is there already"), "\(left.error)")
        let unfinished = try train("prepared:\(place)")
        #expect(unfinished.status == 2 && unfinished.error.contains("has no manifest.json"), "\(unfinished.error)")
        let sealed = try run("data", "prepare", "--seal", place, environment: environment("c"))
        #expect(sealed.status == 0 && sealed.out.contains("600 interactions of 30 users"), "\(sealed.error)")
        #expect(try train("prepared:\(place)").status == 0 && digest() == expected)

        let bucket = try train("prepared:s3://nothing/logs")
        #expect(bucket.status == 2 && bucket.error.contains("there is no bucket 'nothing'"), "\(bucket.error)")
        let key = try train("prepared:\(place)", "c", "hush-hush")
        #expect(key.status == 2 && key.error.contains("AWS_SECRET_ACCESS_KEY") && !key.error.contains("hush-hush"))
        let printed = try prepare("s3a://logs/movies", "--print-sql", "spark")
        #expect(printed.status == 0 && printed.out.contains("s3a://logs/movies/items.parquet"), "\(printed.error)")
        #expect(try prepare("s3://logs/movies", "--print-sql", "duckdb").status == 64)
    }

    @Test(
        "of two that prepare other data to the same place at once one is there whole, and the other is refused; so is whoever comes meanwhile",
        .enabled(if: canPrepareObjects, "scripts/setup --tests")
    )
    func preparedAtOnce() async throws {
        let server = folder.appendingPathComponent("s3").path
        let url = try seaweed("start", server)
        defer { _ = try? seaweed("stop", server) }
        let environment = [
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "publisher", "AWS_SECRET_ACCESS_KEY": "secret-of-publisher",
            "XDG_CACHE_HOME": folder.appendingPathComponent("c").path,
            "PYTHONPATH": Self.root.appendingPathComponent(".deps/python").path,
        ]
        let log = try String(contentsOf: folder.appendingPathComponent("log.csv"), encoding: .utf8)
        try Data(log.replacing("film-", with: "book-").utf8).write(to: folder.appendingPathComponent("books.csv"))
        let options = ["--least-events", "1", "--parts", "3", "--threads", "1", "--memory", "1"] + Self.columnsOfLog
        func arguments(_ file: String, _ place: String) -> [String] {
            ["data", "prepare", file, "--out", place] + options
        }
        func files(_ file: String) throws -> [String: Data] {
            #expect(try run(arguments(file, "own-\(file)"), environment: environment).status == 0)
            let own = folder.appendingPathComponent("own-\(file)")
            let names = try FileManager.default.subpathsOfDirectory(atPath: own.path).filter { $0.contains(".") }
            return try Dictionary(
                uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: own.appendingPathComponent($0))) }
            )
        }
        let own = try [files("log.csv"), files("books.csv")]
        for round in 0..<3 {
            let place = "s3://models/logs/\(round)"
            let started = try ["log.csv", "books.csv"].map { try start(arguments($0, place), environment: environment) }
            let errors = started.map { String(decoding: $2.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
            for (process, _, _) in started { process.waitUntilExit() }
            let winner = try #require(started.firstIndex { $0.0.terminationStatus == 0 }, "\(errors)")
            #expect(started[1 - winner].0.terminationStatus == 2, "\(errors)")
            #expect(errors[1 - winner].contains("is there already"), "\(errors)")
            let store = try S3Store(S3Address(place), environment: environment)
            let names = try await store.list("", isDeep: true).objects.map(\.key)
            #expect(names.sorted() == own[winner].keys.sorted())
            for name in names {
                guard case .contents(let data, _) = try await store.get(name, unless: nil) else { continue }
                #expect(data == own[winner][name], "\(name)")
            }
        }
        let claimed = try S3Store(S3Address("s3://models/logs/claimed"), environment: environment)
        _ = try await claimed.put(".preparing", Data("1".utf8), if: .absent)
        _ = try await claimed.put("histories/part-0000.parquet", Data("1".utf8), if: .absent)
        for command in [
            arguments("log.csv", "\(claimed.address)"), ["data", "prepare", "--seal", "\(claimed.address)"],
        ] {
            let refused = try run(command, environment: environment)
            #expect(refused.status == 2 && refused.error.contains(".preparing is there already"), "\(refused.error)")
        }
        #expect(try await claimed.list("", isDeep: true).objects.count == 2)
    }

    private static let columnsOfLog = ["--user-column", "who", "--item-column", "what", "--time-column", "when"]
}
