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

    private static let columnsOfLog = ["--user-column", "who", "--item-column", "what", "--time-column", "when"]
}
