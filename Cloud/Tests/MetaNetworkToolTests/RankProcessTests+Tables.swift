import Foundation
import Testing

/// Training on ranks that divide a table of items, whose gradients are sparse.
extension RankProcessTests {
    /// A catalogue of more than 100,000 items, nearly all of which are the only one of a user from whom nothing is learned.
    func writeLargeLog(users: Int = 24) throws {
        let large = folder.appendingPathComponent("large")
        try FileManager.default.createDirectory(at: large, withIntermediateDirectories: true)
        var parts = Array(repeating: "who,what,when\n", count: 3)
        for item in 0..<100_500 { parts[0] += "g\(item),f\(item),0\n" }
        for user in 0..<users {
            for step in 0..<16 {
                let item = (user * 7 + step * (1 + user % 3)) * 1_613 % 100_500
                parts[max(0, step - 13)] += "u\(user),f\(item),\(step)\n"
            }
        }
        for (name, text) in zip(["train", "valid", "test"], parts) {
            try Data(text.utf8).write(to: large.appendingPathComponent("\(name).csv"))
        }
    }

    @Test("writes the same version of a table of more than 100,000 items on 1, 2 and 4 ranks")
    func largeTable() throws {
        try writeLargeLog()
        // The norm counts in every step, and rows are no multiple of what a processor computes at once.
        let settings =
            ["--pieces", "4", "--epochs", "2", "--width", "5"] + ["--clip-norm", "0.01", "--weight-decay", "0.01"]
        func version(_ size: Int) throws -> String { try self.version(size, "on\(size)", data: "large", settings) }
        let one = try version(1)
        for size in [2, 4] { #expect(try version(size) == one, "\(size) ranks") }
    }

    @Test("writes the same version where a form leaves the table as it is, and where a rank has no piece")
    func frozenTable() throws {
        try writeLargeLog()
        let settings = ["--pieces", "2", "--epochs", "2", "--generator", "vector"]
        func version(_ size: Int) throws -> String { try self.version(size, "on\(size)", data: "large", settings) }
        #expect(try version(3) == version(1))
    }

    @Test("goes on from the last epoch where a rank is killed that had rows of a table, on another number of ranks")
    func killedWithRows() throws {
        try writeLargeLog()
        let endless = ["--pieces", "4", "--epochs", "100000", "--out", "broken/films"]
        let ranks = try start(4, endless, data: "large")
        try wait(ranks[0], until: "broken", hasMoreThan: 0)
        kill(ranks[2].pid, SIGKILL)
        for (rank, one) in ranks.enumerated() where rank != 2 {
            let (status, text) = one.end()
            #expect(status == 75 && text.contains("rank \(rank) lost "), "\(text)")
            #expect(text.contains("broken/films.checkpoint; start all ranks again") == (rank == 0), "\(text)")
        }
        // Interrupted within an epoch, it is saved with what each has.
        let again = try start(3, endless + ["--resume-if-there"], data: "large")
        try wait(again[0], until: "broken", hasMoreThan: epochs("broken"))
        kill(again[1].pid, SIGTERM)
        for one in again {
            let (status, text) = one.end()
            #expect(status == 130 && text.contains("interrupted"), "\(text)")
        }
        let last = "\(try epochs("broken") + 1)"
        let resumed = try version(2, "broken", data: "large", ["--epochs", last, "--resume-if-there"])
        #expect(try resumed == version(1, "whole", data: "large", ["--pieces", "4", "--epochs", last]))
    }
}
