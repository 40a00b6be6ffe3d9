import Foundation
import MetaNetwork
import MetaNetworkServer
import Testing

@testable import metanetwork

/// A published ranker that is trained again, as an operator has it.
extension CommandTests {
    private static let columns = ["--user-column", "who", "--item-column", "what", "--time-column", "when"]
    private static let sizes = ["--width", "8", "--k-core", "1", "--threads", "1"]
    /// Steps too small to learn anything.
    private static let idle = ["--epochs", "1", "--learning-rate", "1e-9"]
    private static let eager = ["--epochs", "20", "--batch", "32", "--learning-rate", "0.01", "--patience", "0"]

    private struct Listed: Decodable {
        struct Releases: Decodable {
            struct Candidate: Decodable {
                let version: String
                let share: Double
            }
            let current: String
            let candidate: Candidate?
        }
        let releases: Releases
    }

    private func releases() throws -> Listed.Releases {
        let output = try run("list", "--registry", "registry", "--json")
        let listed = try JSONDecoder().decode([Listed].self, from: Data(output.out.utf8))
        return try #require(listed.first).releases
    }

    private func publish(_ settings: [String]) throws {
        let train = ["train", "--data", "log.csv", "--out", "first/films", "--quiet"] + Self.columns + Self.sizes
        let trained = try run(train + settings)
        #expect(trained.status == 0, "\(trained.error)")
        let published = try run("publish", "first/films", "--registry", "registry")
        #expect(published.status == 0, "\(published.error)")
    }

    private func retrain(_ data: String, _ settings: [String], _ more: String...) throws -> Output {
        let fixed = ["retrain", "films", "--registry", "registry", "--once", "--data", data]
        return try run(fixed + Self.columns + Self.sizes + settings + more)
    }

    private func record(_ output: Output) throws -> RetrainingRecord {
        #expect(output.status == 0, "\(output.error)")
        return try JSONDecoder().decode(RetrainingRecord.self, from: Data(output.out.utf8))
    }

    @Test(
        "a ranker is trained again, tried on a share where it is no worse, and left alone while that lasts or nothing is new"
    )
    func retraining() throws {
        try publish(Self.idle)
        let first = try releases().current
        let published = try record(retrain("log.csv", Self.eager, "--json"))
        #expect(published.outcome == .published && published.current == first, "\(published.reason)")
        #expect(published.reason.contains("NDCG@10 of 30 users' last choices is"))
        let trial = try #require(try releases().candidate)
        #expect(trial.version == published.version && trial.share == 0.05 && trial.version != first)
        let waiting = try record(retrain("log.csv", Self.eager, "--json"))
        #expect(waiting.outcome == .waiting && waiting.reason.contains(trial.version.prefix(16)))
        #expect(try run("promote", "films", "--registry", "registry").status == 0)
        let unchanged = try record(retrain("log.csv", Self.eager, "--json"))
        #expect(unchanged.outcome == .unchanged && unchanged.version == nil)
        let lines = try String(
            contentsOf: folder.appendingPathComponent("retrain/films.retrain.jsonl"),
            encoding: .utf8
        )
        #expect(lines.split(separator: "\n").count == 3)
        // A choice more, and a training that learns nothing: what devices have is better, and stays.
        let log = try String(contentsOf: folder.appendingPathComponent("log.csv"), encoding: .utf8)
        try Data((log + "user 3,film-9,30\n").utf8).write(to: folder.appendingPathComponent("more.csv"))
        let kept = try record(retrain("more.csv", Self.idle, "--json"))
        #expect(kept.outcome == .kept && kept.reason.contains("with the version that devices have"), "\(kept.reason)")
        #expect(try releases().current == trial.version && releases().candidate == nil)
    }

    @Test("a training that was interrupted goes on, and settings that do not fit are told")
    func resumedRetraining() throws {
        try publish(Self.idle)
        let fixed = ["retrain", "films", "--registry", "registry", "--once", "--data", "log.csv"]
        let (process, out, error) = try start(
            fixed + Self.columns + Self.sizes + ["--epochs", "400", "--patience", "0"]
        )
        let checkpoint = folder.appendingPathComponent("retrain/films.checkpoint.base").path
        let end = Date().addingTimeInterval(60)
        while !FileManager.default.fileExists(atPath: checkpoint), Date() < end { usleep(20_000) }
        process.interrupt()
        _ = (out.fileHandleForReading.readDataToEndOfFile(), error.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        // The training was told, saved its state and is gone: nobody holds the lock or writes.
        #expect(FileManager.default.fileExists(atPath: checkpoint))
        #expect(try releases().candidate == nil)
        let resumed = try retrain("log.csv", ["--epochs", "2", "--patience", "0"])
        #expect(resumed.status == 0 && resumed.error.contains("going on where the last run was interrupted"))
        #expect(!FileManager.default.fileExists(atPath: checkpoint))
        let wrong = try retrain("log.csv", ["--out", "elsewhere/movies"])
        #expect(wrong.status == 2 && wrong.error.contains("end it with the model's name"), "\(wrong.error)")
        let task = try retrain("log.csv", ["--task", "images"])
        #expect(task.status == 2 && task.error.contains("leave out --task"), "\(task.error)")
        #expect(try run("retrain", "films", "--registry", "registry", "--data", "log.csv").status == 64)
        #expect(try run("retrain", "films", "--registry", "registry", "--every", "soon").status == 64)
    }

    @Test("it is done again every so often, a time that failed is told and followed by the next, and SIGTERM ends it")
    func repeatedRetraining() throws {
        try publish(Self.idle)
        let fixed = ["retrain", "films", "--registry", "registry", "--every", "2s", "--data", "late.csv", "--json"]
        let (process, out, error) = try start(fixed + Self.columns + Self.sizes + Self.eager)
        // Its choices come after the first time.
        var complaint = ""
        while !complaint.contains("late.csv") {
            let read = error.fileHandleForReading.availableData
            try #require(!read.isEmpty, "it ended: \(complaint)")
            complaint += String(decoding: read, as: UTF8.self)
        }
        let log = try Data(contentsOf: folder.appendingPathComponent("log.csv"))
        try log.write(to: folder.appendingPathComponent("late.csv"), options: .atomic)
        var printed = Data()
        while printed.count(where: { $0 == UInt8(ascii: "}") }) < 3 {
            let read = out.fileHandleForReading.availableData
            try #require(!read.isEmpty, "it ended: \(complaint)")
            printed += read
        }
        process.terminate()
        _ = (out.fileHandleForReading.readDataToEndOfFile(), error.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        let lines = try String(
            contentsOf: folder.appendingPathComponent("retrain/films.retrain.jsonl"),
            encoding: .utf8
        )
        let records = try lines.split(separator: "\n").map {
            try JSONDecoder().decode(RetrainingRecord.self, from: Data($0.utf8))
        }
        #expect(records.prefix(3).map(\.outcome) == [.published, .waiting, .waiting])
        // The seconds between two beginnings, cut to whole ones; two that wait would else follow at once.
        #expect(records.count >= 3 && records[2].time - records[1].time >= 1)
        #expect(try releases().candidate?.version == records[0].version)
        try ProcessLock(folder.appendingPathComponent("retrain/films.lock")).release()
    }

    @Test("one process at a time trains at a place")
    func lock() throws {
        let url = folder.appendingPathComponent("films.lock")
        let lock = try ProcessLock(url)
        #expect(throws: ProcessLock.Busy.self) { try ProcessLock(url) }
        lock.release()
        try ProcessLock(url).release()
    }
}
