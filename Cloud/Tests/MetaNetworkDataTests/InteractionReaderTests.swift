import Foundation
import Testing

@testable import MetaNetworkData

@Suite("Reading interactions")
struct InteractionReaderTests {
    private func read(
        _ name: String,
        _ text: String,
        _ mapping: InteractionFormat.ColumnMapping = .init()
    ) throws -> [String] {
        try withFile(name, text) { url in
            let log = try InteractionReader.read(url, mapping: mapping)
            return (0..<log.count).map { index in
                let time = log.times.isEmpty ? "" : " \(log.times[index])"
                return log.users[Int(log.userIndices[index])] + "|" + log.items[Int(log.itemIndices[index])] + time
            }
        }
    }

    private func message(
        _ name: String,
        _ text: String,
        _ mapping: InteractionFormat.ColumnMapping = .init()
    ) throws -> String {
        try withFile(name, text) { url in
            do {
                _ = try InteractionReader.read(url, mapping: mapping)
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
    }

    @Test("takes RecBole's .inter, CSV, TSV and \"user item\" lines")
    func formats() throws {
        let inter = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t2\t3\t4\n5\t6\t7\t8.5\n"
        #expect(try read("a.inter", inter) == ["1|2 4.0", "5|6 8.5"])
        #expect(try read("a.csv", "userId,movieId,ts\n1,2,3\n") == ["1|2 3.0"])
        #expect(try read("a.tsv", "item\tuser\n2\t1\n") == ["1|2"])
        #expect(try read("a.txt", "1 2\n1  3\n\u{20}2\t4\n") == ["1|2", "1|3", "2|4"])
        #expect(try read("a.log", "user_id,item_id\n1,2\n") == ["1|2"])
        #expect(
            try read("a.csv", "who,what,when\na,b,1\n", .init(user: "who", item: "what", time: "when")) == ["a|b 1.0"]
        )
    }

    @Test("keeps spaces and Unicode in ids, and takes CRLF, a byte order mark, quotes and a missing last line end")
    func details() throws {
        #expect(try read("a.csv", "\u{FEFF}user,item\r\nJosé Ruiz,本 one\r\nb,c") == ["José Ruiz|本 one", "b|c"])
        #expect(try read("a.csv", "user,item\n\"a, b\",\"say \"\"hi\"\"\"\n") == ["a, b|say \"hi\""])
        #expect(try read("a.tsv", "user\titem\n\"a\tb\"\t\u{1F}c\n") == ["a\tb|\u{1F}c"])
        #expect(try read("a.csv", "\"user\",\"name, first\",\"item\"\na,\"b, c\",d\n") == ["a|d"])
    }

    @Test("a malformed line is named with its number, its column and the fix")
    func malformed() throws {
        let head = "user,item,time\na,b,1\n"
        let time = try message("a.csv", head + "a,c,yesterday\n")
        #expect(
            time.contains(
                "line 3, column 3: the time 'yesterday' is neither a number nor a date; write seconds or milliseconds"
            )
        )
        for bad in ["nan", "inf", "-infinity", "1e999", "", "1 2"] {
            #expect(
                try message("a.csv", head + "a,c,\(bad)\n").contains("line 3, column 3: the time '\(bad)' is neither")
            )
        }
        let user = try message("a.csv", head + "a,c,\n,d,2\n")
        #expect(user.contains("line 4, column 1: the user id is empty; give an id, or remove the line"))
        #expect(try message("a.csv", head + "a,c\n").contains("`metanetwork data check"))
        #expect(try message("a.csv", head + "a,c\n").contains("line 3: 2 column(s) where 3 are expected"))
        #expect(try message("a.csv", head + "a,,2\n").contains("line 3, column 2: the item id is empty"))
        #expect(try message("a.csv", head + "\n").contains("line 3: the line is empty; remove it"))
        #expect(try message("a.csv", head + "\"a,c,2\n").contains("a double quote is not closed"))
        #expect(try message("a.txt", "1 2\n1 2 3\n").contains("line 2: 3 column(s) where 2 are expected"))
    }

    @Test("a file that is missing, empty, only a header, or without the columns is refused with what to do")
    func refused() throws {
        #expect(try message("a.csv", "").contains("is empty"))
        #expect(try message("a.csv", "user,item\n").contains("only a header"))
        #expect(try message("a.csv", "\u{20}\nuser,item\na,b\n").contains("is empty (or its first line is)"))
        #expect(try message("a.csv", "user,\"item\na,b\n").contains("line 1, the header, has a double quote"))
        #expect(try message("a.csv", "user,thing\na,b\n").contains("--item-column"))
        let named = try message("a.csv", "user,item\na,b\n", .init(time: "when"))
        #expect(named.contains("there is no column 'when' for the time; the header has 'user', 'item'"))
        #expect(try message("a.txt", "just one line of prose\n").contains("the format of this file is not known"))
        let missing = URL(fileURLWithPath: "/nowhere/at/all.csv")
        let error = #expect(throws: DataError.self) { try InteractionReader.read(missing) }
        #expect(error?.description.contains("there is no such file") == true)
    }

    @Test("lines that cross the pieces of a large file stay whole")
    func pieces() throws {
        let count = 200_000
        let text = (0..<count).map { "user-\($0 % 977) item-\($0 % 1009)-\(String(repeating: "x", count: $0 % 13))\n" }
        let lines = try read("a.txt", text.joined())
        #expect(lines.count == count)
        #expect(
            lines[123_456]
                == "user-\(123_456 % 977)|item-\(123_456 % 1009)-\(String(repeating: "x", count: 123_456 % 13))"
        )
    }

    @Test("a line of 20 MiB is refused as no text, in either part of a file")
    func longLine() throws {
        let line = String(repeating: "x", count: 20 << 20)
        #expect(try message("a.txt", line).contains("line 1 is longer than 16 MiB"))
        #expect(try message("a.txt", "a b\n" + line).contains("line 2 is longer than 16 MiB"))
    }

    @Test("a check counts what is there and lists every malformed line")
    func check() throws {
        let text = "user,item,time\na,x,5\na,x,7\nb,y,zero\nb\nb,y,9\n"
        let check = try withFile("a.csv", text) { try DataCheck($0) }
        #expect(check.lines == 6 && check.interactions == 3 && check.users == 2 && check.items == 2)
        #expect(check.repeats == 1 && check.timeSpan == [5, 9])
        #expect(check.problemCount == 2 && check.problems.map(\.line) == [4, 5])
        #expect(check.cores.first { $0.k == 2 }?.interactions == 2)
        let many = "user,item,time\n" + String(repeating: "a,x,?\n", count: 500)
        let all = try withFile("a.csv", many) { try DataCheck($0) }
        #expect(all.interactions == 0 && all.problemCount == 500 && all.problems.map(\.line) == Array(2...501))
        let some = try withFile("a.csv", many) { try DataCheck($0, problemLimit: 7) }
        #expect(some.problemCount == 500 && some.problems.count == 7 && some.timeSpan == nil)
    }
}
