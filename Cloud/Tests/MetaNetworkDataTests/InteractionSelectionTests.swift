import Foundation
import Testing

@testable import MetaNetworkData

/// Which columns and which rows of a file are read.
@Suite("Choosing interactions")
struct InteractionSelectionTests {
    private func ids(
        _ name: String,
        _ text: String,
        _ mapping: InteractionFormat.ColumnMapping = .init(),
        _ filter: InteractionFilter = .init()
    ) throws -> [String] {
        try withFile(name, text) { url in
            let log = try InteractionReader.read(url, mapping: mapping, filter: filter)
            return (0..<log.count).map {
                "\(log.users[Int(log.userIndices[$0])])|\(log.items[Int(log.itemIndices[$0])])"
            }
        }
    }

    private func message(
        _ name: String,
        _ text: String,
        _ mapping: InteractionFormat.ColumnMapping = .init(),
        _ filter: InteractionFilter = .init()
    ) throws -> String {
        do { return try "accepted: \(ids(name, text, mapping, filter))" } catch { return "\(error)" }
    }

    private let rated = "user,item,stars,event\na,x,5,view\na,y,2.5,buy\nb,x,4,buy\nb,y,1,cart\n"

    @Test("a least rating and some events leave the others out")
    func filters() throws {
        #expect(try ids("a.csv", rated, .init(), .init(leastRating: 4)) == ["a|x", "b|x"])
        #expect(try ids("a.csv", rated, .init(), .init(events: ["buy", "cart"])) == ["a|y", "b|x", "b|y"])
        #expect(try ids("a.csv", rated, .init(), .init(leastRating: 4, events: ["buy"])) == ["b|x"])
        #expect(
            try ids("a.data", "1\t2\t3\t881250949\n1\t4\t5\t881250950\n", .init(), .init(leastRating: 4)) == ["1|4"]
        )
        let check = try withFile("a.csv", rated) { try DataCheck($0, filter: .init(leastRating: 4)) }
        #expect(check.interactions == 2 && check.leftOut == 2)
        #expect(check.columns == ["user": "user", "item": "item", "rating": "stars", "event": "event"])
    }

    @Test("a filter without its column, without a number, or that leaves nothing is refused")
    func badFilters() throws {
        let plain = "user,item\na,x\n"
        #expect(
            try message("a.csv", plain, .init(), .init(leastRating: 4)).contains(
                "no column of ratings ('user', 'item')"
            )
        )
        #expect(try message("a.csv", plain, .init(), .init(events: ["buy"])).contains("name it with --event-column"))
        #expect(
            try message("a.txt", "a x\n", .init(), .init(leastRating: 4)).contains("no column of ratings to compare")
        )
        let none = try message("a.csv", rated, .init(), .init(leastRating: 6))
        #expect(none.contains("none of 4 interactions has a rating of 6.0 or more; ask for less"))
        let bad = try message("a.csv", "user,item,rating\na,x,good\n", .init(), .init(leastRating: 1))
        #expect(bad.contains("line 2, column 3: the rating 'good' is not a number"))
    }

    @Test("interactions weigh what their rating or their event says, 1 in the mean of those that are learned")
    func weights() throws {
        func log(_ text: String, _ weights: InteractionWeights) throws -> InteractionLog {
            try withFile("a.csv", text) { try InteractionReader.read($0, filter: .init(weights: weights)) }
        }
        #expect(try log(rated, .rating).weights == [5, 2.5, 4, 1])
        #expect(try log(rated, .events(["view": 0.25, "buy": 3])).weights == [0.25, 3, 3, 1])
        #expect(try withFile("a.csv", rated) { try InteractionReader.read($0) }.weights.isEmpty)
        // Of four interactions a user has two in training, the second of which is learned.
        let lines = ["a", "b"].flatMap { user in (0..<4).map { "\(user),i\($0),\(user == "a" ? $0 + 1 : 6),\($0)\n" } }
        let text = "user,item,rating,time\n" + lines.joined()
        let dataset = try InteractionDataset(log(text, .rating), kCore: 1)
        #expect(dataset.weights == [0.25, 0.5, 0.75, 1, 1.5, 1.5, 1.5, 1.5])
        let plain = try InteractionDataset(withFile("a.csv", text) { try InteractionReader.read($0) }, kCore: 1)
        #expect(plain.weights == nil && plain.digest != dataset.digest)
        let other = try InteractionDataset(log(text.replacingOccurrences(of: ",6,", with: ",5,"), .rating), kCore: 1)
        #expect(other.digest != dataset.digest)
    }

    @Test("weights without their column, below 0, or of nothing that is learned are refused")
    func badWeights() throws {
        let plain = "user,item\na,x\n"
        #expect(
            try message("a.csv", plain, .init(), .init(weights: .rating)).contains(
                "no column of ratings ('user', 'item') to weigh by; name it with --rating-column"
            )
        )
        #expect(
            try message("a.csv", plain, .init(), .init(weights: .events(["buy": 1]))).contains(
                "no column of events ('user', 'item') to weigh by"
            )
        )
        let below = try message("a.csv", "user,item,rating\na,x,-1\n", .init(), .init(weights: .rating))
        #expect(below.contains("line 2, column 3: the rating '-1' is below 0, and cannot be a weight"))
        let lines = ["a", "b"].flatMap { user in (0..<4).map { "\(user),i\($0),0\n" } }.joined()
        let log = try withFile("a.csv", "user,item,rating\n" + lines) {
            try InteractionReader.read($0, filter: .init(weights: .rating))
        }
        #expect(throws: DataError.self) { try InteractionDataset(log, kCore: 1) }
    }

    @Test("a column that is misspelt is told with the one that was probably meant")
    func misspelt() throws {
        let text = "visitor,page,moment\na,x,1\n"
        let wrong = try message("a.csv", text, .init(user: "visiter", item: "page"))
        #expect(
            wrong.contains(
                "no column 'visiter' for the user; the header has 'visitor', 'page', 'moment'; did you mean 'visitor'?"
            )
        )
        let time = try message("a.csv", text, .init(user: "visitor", item: "page", time: "momemt"))
        #expect(time.contains("did you mean 'moment'?"))
        #expect(try !message("a.csv", text, .init(user: "quartz", item: "page")).contains("did you mean"))
        let key = try message("a.json", "{\"visitor\": 1, \"page\": 2}\n", .init(user: "visitr", item: "page"))
        #expect(key.contains("the first object has 'page', 'visitor'; did you mean 'visitor'?"))
        #expect(try ids("a.csv", text, .init(user: "Visitor", item: "PAGE")) == ["a|x"])
    }

    @Test("columns without a header are given by number, and times may be left aside")
    func numbers() throws {
        let text = "x;9;a;5\ny;8;b;2\n"
        #expect(try ids("a.dat", text, .init(user: "3", item: "1")) == ["a|x", "b|y"])
        #expect(try ids("a.dat", text, .init(user: "3", item: "1", rating: "4"), .init(leastRating: 3)) == ["a|x"])
        #expect(try message("a.dat", text, .init(user: "3", item: "9")).contains("no column 9 of 4"))
        let dated = "user,item,date\na,x,soon\nb,y,late\n"
        #expect(
            try message("a.csv", dated).contains(
                "line 2, column 3: the time 'soon' is neither a number nor a date; write seconds"
            )
        )
        #expect(try ids("a.csv", dated, .init(time: "none")) == ["a|x", "b|y"])
    }

    @Test("a quoted column may have line breaks, and a stray quote spoils its own line alone")
    func lineBreaks() throws {
        let text = "user,item,note\na,x,\"one\ntwo, \"\"three\"\"\r\nfour\"\nb,y,plain\n\"c\nd\",z,\n"
        #expect(try ids("a.csv", text) == ["a|x", "b|y", "c\nd|z"])
        #expect(try ids("a.csv", "user,item\na,12\" vinyl\nb,x\n") == ["a|12\" vinyl", "b|x"])
        let stray = "user,item\na,\"x\n" + (0..<3_000).map { "u\($0),i\n" }.joined()
        let check = try withFile("a.csv", stray) { try DataCheck($0) }
        #expect(check.interactions == 3_000 && check.problemCount == 1 && check.lines == 3_002)
        #expect(check.problems.first?.description.contains("line 2: a double quote is not closed") == true)
        let late = try withFile("a.csv", "user,item\na,x\nb,\"y\nc,z\n") { try DataCheck($0) }
        #expect(late.interactions == 2 && late.problems.map(\.line) == [3])
    }

    @Test("JSON Lines name a line that is no object, lacks a key, or has another kind of value")
    func objects() throws {
        let head = "{\"user\": 1, \"item\": \"x\", \"time\": 5, \"more\": [1]}\n"
        #expect(
            try ids("a.jsonl", head + "{\"item\": true, \"user\": 2.5, \"time\": \"2024-01-01\"}\n") == [
                "1|x", "2.5|true",
            ]
        )
        #expect(try message("a.jsonl", head + "nonsense\n").contains("line 2: the line is no JSON object"))
        #expect(
            try message("a.jsonl", head + "{\"user\": 1, \"time\": 5}\n").contains(
                "line 2, column 2: the item id is empty"
            )
        )
        #expect(
            try message("a.jsonl", head + "{\"user\": [1], \"item\": 2, \"time\": 5}\n").contains(
                "the user id is empty"
            )
        )
        #expect(try message("a.jsonl", head + "\n").contains("line 2: the line is empty; remove it"))
    }

    @Test("an id that is not in UTF-8 is named with the way to convert it")
    func latin() throws {
        let text = try withFile("a.csv", "") { url in
            try Data(Array("user,item\na,caf".utf8) + [0xE9, 0x0A]).write(to: url)
            do { return try "\(InteractionReader.read(url).count)" } catch { return "\(error)" }
        }
        #expect(text.contains("line 2, column 2: the item id 'caf\u{FFFD}' is not in UTF-8; convert the file"))
        let event = try withFile("a.csv", "") { url in
            try Data(Array("user,item,event\na,b,caf".utf8) + [0xE9, 0x0A]).write(to: url)
            let unread = try InteractionReader.read(url).count
            do {
                return try "\(InteractionReader.read(url, filter: InteractionFilter(keepsEvents: true)).count)"
            } catch { return "\(unread) \(error)" }
        }
        #expect(event.contains("1 ") && event.contains("the event 'caf\u{FFFD}' is not in UTF-8"), "\(event)")
    }
}
