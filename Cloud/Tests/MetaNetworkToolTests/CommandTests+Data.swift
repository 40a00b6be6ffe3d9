import Foundation
import Testing

@testable import metanetwork

/// Data in and answers out, as a user sees them.
extension CommandTests {
    private func run(_ arguments: [String], reading input: URL) throws -> Output {
        let process = Process()
        process.executableURL = Self.tool
        process.arguments = arguments
        process.currentDirectoryURL = folder
        let (out, error) = (Pipe(), Pipe())
        process.standardInput = try FileHandle(forReadingFrom: input)
        (process.standardOutput, process.standardError) = (out, error)
        try process.run()
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Output(status: process.terminationStatus, out: text, error: complaint)
    }

    private static let columns = ["--user-column", "who", "--item-column", "what", "--time-column", "when"]

    private func lines(_ name: String) throws -> [String] {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8).split(separator: "\n").map(
            String.init
        )
    }

    @Test("converts data, packed too, and reads them from standard input")
    func convertsData() throws {
        let converted = try run(["data", "convert", "log.csv", "made/log.jsonl.gz"] + Self.columns)
        #expect(
            converted.status == 0 && converted.out.contains("made/log.jsonl.gz: 600 interactions of columns by commas")
        )
        let packed = folder.appendingPathComponent("made/log.jsonl.gz")
        let check = try run(["data", "check", "-"], reading: packed)
        #expect(check.status == 0, "\(check.error)")
        #expect(
            check.out.contains("format        JSON Lines")
                && check.out.contains("user 'user_id', item 'item_id', time 'timestamp'")
        )
        #expect(check.out.contains("interactions  600"))
        let trained = try run(
            [
                "train", "--data", "-", "--k-core", "1", "--width", "4", "--epochs", "1", "--threads", "1", "--out",
                "piped", "--quiet",
            ],
            reading: packed
        )
        #expect(trained.status == 0, "\(trained.error)")
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("piped/manifest.json").path))
        let pictures = try run("train", "--task", "images", "--data", "-", "--out", "x")
        #expect(pictures.status == 2 && pictures.error.contains("standard input (-) is read once"))
    }

    @Test("data that cannot be read end with status 2 and one message, and leave nothing behind")
    func badData() throws {
        #expect(try run(["data", "convert", "log.csv", "log.inter.gz"] + Self.columns).status == 0)
        let whole = try Data(contentsOf: folder.appendingPathComponent("log.inter.gz"))
        try whole.prefix(whole.count / 2).write(to: folder.appendingPathComponent("cut.inter.gz"))
        for command in [["data", "check", "cut.inter.gz"], ["data", "convert", "cut.inter.gz", "never.csv"]] {
            let cut = try run(command)
            #expect(cut.status == 2 && cut.error.contains("the gzip file is cut short"), "\(cut.error)")
        }
        #expect(try !FileManager.default.contentsOfDirectory(atPath: folder.path).contains { $0.contains("never") })
        try Data("one,two,three,four\n1,2,3,4\n".utf8).write(to: folder.appendingPathComponent("odd.txt"))
        let odd = try run("train", "--data", "odd.txt", "--out", "x")
        #expect(
            odd.status == 2
                && odd.error.contains("the format of this file is not known. Line 1 is 'one,two,three,four'")
        )
        try Data("user,item,at\na,x,2024-05-01\nb,y,2024-02-30\n".utf8).write(
            to: folder.appendingPathComponent("days.csv")
        )
        let days = try run("data", "check", "days.csv", "--time-column", "at")
        #expect(days.status == 2)
        #expect(
            days.out.contains(
                "line 3, column 3: the time '2024-02-30' is neither a number nor a date; write seconds or milliseconds"
            )
        )
        let meant = try run("data", "check", "log.csv", "--user-column", "whoo", "--item-column", "what")
        #expect(meant.status == 2 && meant.error.contains("did you mean 'who'?"))
        let target = try run(["data", "convert", "log.csv", "log.xlsx"] + Self.columns)
        #expect(target.status == 2 && target.error.contains("'.xlsx' is none of .inter, .csv, .tsv, .jsonl, .parquet"))
    }

    @Test("predicts for all users what it ranks for each, and writes each user's own metrics")
    func answersOut() throws {
        let trained = try run(
            [
                "train", "--data", "log.csv", "--k-core", "1", "--generator", "residual", "--width", "8", "--epochs",
                "1", "--threads", "1",
            ]
                + ["--out", "answers", "--quiet"] + Self.columns
        )
        #expect(trained.status == 0, "\(trained.error)")
        let data = ["--data", "log.csv"] + Self.columns
        let all = try run(["predict", "answers", "--top", "3", "--out", "top.csv"] + data)
        #expect(
            all.status == 0 && all.out.contains("top.csv: 30 users, 30 of them with personal weights"),
            "\(all.error)"
        )
        let rows = try lines("top.csv")
        #expect(rows[0] == "user_id,rank,item_id,score" && rows.count == 91)
        #expect(try run(["predict", "answers", "--top", "3", "--base", "--out", "base.jsonl"] + data).status == 0)
        struct User: Decodable {
            struct Item: Decodable {
                let item_id: String
                let score: Float
            }
            let user_id: String
            let items: [Item]
        }
        struct Lists: Decodable {
            struct Item: Decodable {
                let item: String
                let score: Float
            }
            let base: [Item]
            let personal: [Item]
        }
        let base = try lines("base.jsonl").map { try JSONDecoder().decode(User.self, from: Data($0.utf8)) }
        #expect(base.count == 30)
        for user in [0, 7, 29] {
            let history = (0..<20).map { "film-\((user * 7 + $0 * (1 + user % 3)) % 140)" }.joined(separator: ",")
            let ranked = try run("rank", "answers", "--history", history, "--top", "3", "--json")
            let lists = try JSONDecoder().decode(Lists.self, from: Data(ranked.out.utf8))
            let own = rows.filter { $0.hasPrefix("user \(user),") }.map { $0.split(separator: ",") }
            #expect(own.map { String($0[2]) } == lists.personal.map(\.item))
            for (row, item) in zip(own, lists.personal) { #expect(abs((Float(row[3]) ?? .nan) - item.score) < 1e-5) }
            let first = try #require(base.first { $0.user_id == "user \(user)" })
            #expect(first.items.map(\.item_id) == lists.base.map(\.item))
            for (mine, item) in zip(first.items, lists.base) { #expect(abs(mine.score - item.score) < 1e-6) }
        }
        try checkUserMetrics(data)
        let wrong = try run(["predict", "answers", "--out", "top.txt"] + data)
        #expect(wrong.status == 2 && wrong.error.contains("the extension says what is written"))
    }

    @Test("what weighs more is learned first, and a bundle remembers the weights")
    func weights() throws {
        // Behind a look at the start each user looks at the view or buys the ware, one as often as the other.
        var text = "user,item,event,time\n"
        for user in 0..<20 {
            text += "u\(user),other-\(user % 5),view,0\n"
            for turn in 0..<12 {
                let buys = (user + turn) % 2 == 0
                text += "u\(user),start,look,\(2 * turn + 1)\nu\(user),"
                text += buys ? "ware,buy,\(2 * turn + 2)\n" : "view,view,\(2 * turn + 2)\n"
            }
        }
        try Data(text.utf8).write(to: folder.appendingPathComponent("shop.csv"))
        struct Lists: Decodable {
            struct Item: Decodable { let item: String }
            let base: [Item]
        }
        for (weights, first) in [("view=0,look=0", "ware"), ("buy=0,look=0", "view")] {
            let train = [
                "train", "--data", "shop.csv", "--k-core", "1", "--weights", weights, "--out", first, "--quiet",
            ]
            let model = [
                "--generator", "none", "--width", "8", "--epochs", "20", "--learning-rate", "0.02", "--threads", "1",
            ]
            let trained = try run(train + model)
            #expect(trained.status == 0, "\(trained.error)")
            let ranked = try run("rank", first, "--history", "other-1,start", "--top", "2", "--json")
            let lists = try JSONDecoder().decode(Lists.self, from: Data(ranked.out.utf8))
            #expect(lists.base.first?.item == first, "\(weights): \(ranked.out)")
            #expect(try run("inspect", first, "--json").out.contains("look=0.0"))
            #expect(try run("evaluate", first, "--data", "shop.csv", "--threads", "1").status == 0)
        }
        let wrong = try run("train", "--data", "shop.csv", "--weights", "view", "--out", "wrong", "--quiet")
        #expect(wrong.status == 2 && wrong.error.contains("give rating, or weights from 0 by event"), "\(wrong.error)")
    }

    /// The mean over the users' positions is what is measured of all.
    private func checkUserMetrics(_ data: [String]) throws {
        let arguments =
            ["evaluate", "answers", "--k-core", "1", "--threads", "1", "--json", "--per-user", "users.csv"] + data
        let output = try run(arguments)
        #expect(output.status == 0, "\(output.error)")
        struct Measured: Decodable { let metrics: [String: [String: Double]] }
        let measured = try JSONDecoder().decode(Measured.self, from: Data(output.out.utf8))
        let rows = try lines("users.csv").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let (user, set) = (try #require(rows[0].firstIndex(of: "user_id")), try #require(rows[0].firstIndex(of: "set")))
        let positions = try #require(rows[0].firstIndex(of: "positions"))
        for (name, metric) in [("sampled", "ndcg@10"), ("full", "hr@20"), ("sampled", "logloss")] {
            let place = try #require(rows[0].firstIndex(of: metric))
            let own = rows.dropFirst().filter { $0[set] == name }
            #expect(Set(own.map { $0[user] }).count == 30)
            let total = own.reduce(0) { $0 + (Double($1[positions]) ?? .nan) }
            let mean = own.reduce(0) { $0 + (Double($1[place]) ?? .nan) * (Double($1[positions]) ?? .nan) } / total
            #expect(abs(mean - (measured.metrics[name]?[metric] ?? .nan)) < 1e-9, "\(metric)")
        }
    }
}
