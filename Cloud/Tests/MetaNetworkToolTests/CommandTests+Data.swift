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
        let target = try run(["data", "convert", "log.csv", "log.parquet"] + Self.columns)
        #expect(target.status == 2 && target.error.contains("'.parquet' is none of .inter, .csv, .tsv, .jsonl"))
    }
}
