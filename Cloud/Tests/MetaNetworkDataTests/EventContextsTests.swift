import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkData

@Suite("What models read of the moment of a choice")
struct EventContextsTests {
    /// User a chooses on 5 January 1970, a Monday, at midnight, an hour later, at 06:00 the day after, and a week after the first time.
    private static let text = """
        user,item,time,event
        a,x,345600,view
        a,y,349200,buy
        a,z,453600,view
        a,w,950400,
        b,w,1000,cart
        b,z,1000,view
        b,y,900,buy
        b,x,87400,view

        """

    private func data(
        _ text: String = text,
        events: Bool = true,
        split: InteractionSplit = .leaveOneOut,
        items: Vocabulary? = nil
    ) throws -> InteractionDataset {
        try withFile("log.csv", text) { url in
            let log = try InteractionReader.read(url, filter: InteractionFilter(keepsEvents: events))
            return try InteractionDataset(log, kCore: 1, split: split, itemNames: items, keepsMoments: true)
        }
    }

    /// The inputs as a graph has them.
    private func inputs(_ inputs: [Architecture.Input]) throws -> [ModelGraph.NamedInput] {
        let items: [Architecture.Input] = [
            .init(name: "history", kind: .items, length: 1), .init(name: "item", kind: .item),
        ]
        var (nodes, joined) = ([Architecture.Node](), Architecture.Node("joined", .concatenate))
        for input in inputs {
            if input.kind == .token {
                nodes.append(.init("\(input.name) row", .embedding(table: input.name, width: 1), input.name))
            }
            joined.inputs.append(input.kind == .token ? "\(input.name) row" : input.name)
        }
        nodes += [
            .init("read", .embedding(table: "items", width: 1), "history"), .init("recent", .last, "read"),
            .init("of item", .embedding(table: "items", width: 1), "item"),
        ]
        joined.inputs += ["recent", "of item"]
        nodes += [joined, .init("score", .dense(units: 1), "joined")]
        return try ModelGraph(
            Architecture(name: "ranker", inputs: items + inputs, nodes: nodes, output: "score"),
            itemCount: 4
        ).inputs
    }

    private func contexts(_ declared: [Architecture.Input], _ data: InteractionDataset) throws -> InteractionContexts {
        let inputs = try inputs(declared)
        return InteractionContexts(inputs, events: try EventContexts(data, inputs: inputs))
    }

    private func close(_ rows: [[Float]], _ expected: [[Float]]) -> Bool {
        rows.count == expected.count
            && zip(rows, expected).allSatisfy { row, other in
                row.count == other.count && zip(row, other).allSatisfy { $0.isNaN && $1.isNaN || abs($0 - $1) < 1e-6 }
            }
    }

    @Test(
        "are the gap in ln(1 + hours), the hour and the weekday on circles, and what was done before, never what is done"
    )
    func rows() throws {
        let data = try data()
        let all = try contexts(
            [
                .vector("gap", width: 1), .vector("hour", width: 2), .vector("weekday", width: 2),
                .token("previous", ["view", "buy"]),
            ],
            data
        )
        let rows = (0..<4).map { all.row(of: 0, at: $0) }
        // By hand: ln 2, ln 30 and ln 139; 15 and 90 degrees of a day; 1, 30 and 168 of a week's 168 hours.
        #expect(
            close(
                rows,
                [
                    [.nan, 0, 1, 0, 1, 0],
                    [0.6931472, 0.2588190, 0.9659258, 0.0373912, 0.9993007, 1],
                    [3.4011974, 1, 0, 0.9009689, 0.4338837, 2],
                    [4.9344739, 0, 1, 0, 1, 1],
                ]
            ),
            "\(rows)"
        )
        // In order of time b had y, w, z, x; cart is none of the tokens.
        let others = (4..<8).map { all.row(of: 1, at: $0) }
        #expect(others.map { $0[5] } == [0, 2, 0, 1] && others[0][0].isNaN)
        #expect(abs(others[1][0] - Float(log(1 + 100.0 / 3600))) < 1e-6 && others[2][0] == 0)
        let known = all.values(of: 1, at: 5)
        #expect(known.map(\.name) == ["gap", "hour", "weekday", "previous"] && known[3].token == "buy")
        #expect(all.values(of: 1, at: 4).map(\.name) == ["hour", "weekday"])
        #expect(all.events?.unknownEvents == 1)
    }

    @Test("know of interactions that are in no history nothing")
    func leftOut() throws {
        let some = try data(items: Vocabulary(["x", "z", "w"]))
        let contexts = try contexts([.vector("gap", width: 1), .token("previous", ["view", "buy"])], some)
        // Without y, which a bought an hour after x.
        #expect(close([contexts.row(of: 0, at: 1)], [[Float(log(1 + 30.0)), 1]]))
    }

    @Test("take the tokens of the training part, the most frequent first, and no more than are told apart")
    func tokens() throws {
        let (inputs, leftOut) = try EventContexts.inputs(of: [.previous, .gap], in: data())
        #expect(inputs == [.token("previous", ["buy", "cart", "view"]), .vector("gap", width: 1)] && leftOut == 0)
        let lines = (0..<40).flatMap { event in (0..<4).map { "u\($0),i\(event),\(event),e\(event)\n" } }
        let many = try data("user,item,time,event\n" + lines.joined())
        let (most, others) = try EventContexts.inputs(of: [.previous], in: many)
        #expect(most[0].tokens?.count == EventContext.mostTokens && others == 6)
        let contexts = try contexts(most, many)
        // Of each user's 40 events those with the names that come last are not told apart, and e38 and e39 are held out, of which nothing
        // comes after e39.
        #expect(contexts.events?.unknownEvents == 4 * 7)
    }

    @Test("make data of the same interactions other data")
    func digest() throws {
        let plain = try data()
        let gap = try plain.with(contexts([.vector("gap", width: 1)], plain))
        let later = try data(Self.text.replacing("950400", with: "950500"))
        #expect(plain.digest == later.digest)
        let others = try later.with(contexts([.vector("gap", width: 1)], later))
        let hours = try plain.with(contexts([.vector("hour", width: 2)], plain))
        #expect(Set([plain.digest, gap.digest, others.digest, hours.digest]).count == 4)
        // The same interactions tell a model that reads moments other things where these differ.
        #expect(plain.digest(reading: []) == plain.digest)
        let renamed = try data(Self.text.replacing("cart", with: "dart"))
        let digests = [
            plain.digest, plain.digest(reading: [.gap]), plain.digest(reading: [.gap, .hour]),
            later.digest(reading: [.gap]),
            plain.digest(reading: [.previous]), renamed.digest(reading: [.previous]),
        ]
        #expect(Set(digests).count == digests.count && renamed.digest(reading: [.gap]) == digests[1])
        #expect(later.digest(reading: [.previous]) == digests[4])
        let again = try data()
        #expect(try gap.digest == again.with(contexts([.vector("gap", width: 1)], again)).digest)
    }

    @Test("that the data do not have, or that an input does not fit, are refused with the fix")
    func refusals() throws {
        func message(_ inputs: [Architecture.Input], _ data: InteractionDataset) -> String {
            do {
                _ = try contexts(inputs, data)
                return "nothing was wrong"
            } catch { return "\(error)" }
        }
        let lines = Self.text.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
        let untimed = try withFile("log.txt", lines.map { "\($0[0]) \($0[1])\n" }.joined()) {
            try InteractionDataset(InteractionReader.read($0), kCore: 1, split: .leaveOneOut, keepsMoments: true)
        }
        #expect(message([.vector("gap", width: 1)], untimed).contains("have no times"))
        #expect(throws: DataError.self) { try EventContexts.inputs(of: [.hour], in: untimed) }
        let mute = try data(events: false)
        #expect(message([.token("previous", ["view"])], mute).contains("name its column (--event-column)"))
        #expect(throws: DataError.self) { try EventContexts.inputs(of: [.previous], in: mute) }
        let silent = try data(
            Self.text.replacing("view", with: "").replacing("buy", with: "").replacing("cart", with: "")
        )
        #expect(throws: DataError.self) { try EventContexts.inputs(of: [.previous], in: silent) }
        #expect(message([.vector("hour", width: 3)], mute).contains("'vector' with a width of 2"))
        #expect(message([.vector("previous", width: 1)], try data()).contains("needs one of kind 'token'"))
        #expect(message([.token("gap", ["long"])], mute).contains("is one of 1 tokens"))
        let error = #expect(throws: DataError.self) {
            try withFile("log.csv", "user,item,time\na,x,1\n") {
                try InteractionReader.read($0, filter: InteractionFilter(keepsEvents: true))
            }
        }
        #expect(error?.description.contains("to read as context; name it with --event-column") == true)
    }

    @Test("that files lack may be empty where nobody needs them")
    func mayLack() throws {
        var filter = InteractionFilter(keepsEvents: true)
        filter.mayLackEvents = true
        let log = try withFile("log.csv", "user,item,time\na,x,1\na,y,2\n") {
            try InteractionReader.read($0, mapping: .init(event: "did"), filter: filter)
        }
        #expect(log.events == [0, 0] && log.eventNames[0].isEmpty && log.eventNames.count == 1)
        #expect(EventContext.named(in: "gap,previous") == [.gap, .previous] && EventContext.named(in: nil).isEmpty)
    }

    @Test(
        "are missing in a tenth of the rows that are learned from, all together, and each alone in a tenth of the others"
    )
    func missing() throws {
        let data = try data()
        let all = try contexts(
            [.vector("gap", width: 1), .vector("hour", width: 2), .token("previous", ["view"])],
            data
        )
        let (users, positions) = (Array(repeating: 0, count: 4000), Array(repeating: 1, count: 4000))
        var random = SeededGenerator(seed: 3)
        let rows = all.learnedRows(of: users, at: positions, &random)
        let known = all.row(of: 0, at: 1)
        // 0.1³ of the other rows lack each of the three.
        let nothing = rows.count { $0.allSatisfy(\.isNaN) }
        #expect((320...480).contains(nothing), "\(nothing)")
        for input in all.inputs {
            let missing = rows.filter { $0[input.offset].isNaN }
            #expect((640...880).contains(missing.count), "\(input.name) \(missing.count)")
            #expect(missing.allSatisfy { $0[input.range].allSatisfy(\.isNaN) })
            let others = rows.filter { !$0[input.offset].isNaN }
            #expect(others.allSatisfy { $0[input.range] == known[input.range] })
        }
        var again = SeededGenerator(seed: 3)
        let repeated = all.learnedRows(of: users, at: positions, &again)
        #expect(zip(rows, repeated).allSatisfy { zip($0, $1).allSatisfy { $0.isNaN && $1.isNaN || $0 == $1 } })
        let device = all.rowOnDevice(of: 0, at: 1)
        #expect(Array(device[..<3]) == Array(known[..<3]) && device[3].isNaN && known[3] == 1)
        // Where nothing of moments is read nothing is drawn.
        _ = InteractionContexts([]).learnedRows(of: users, at: positions, &again)
        #expect(again == random)
    }

    @Test(
        "are those of each split: the history goes on through the parts, and an earlier held-out part is at once after it"
    )
    func splits() throws {
        let declared: [Architecture.Input] = [.vector("gap", width: 1), .token("previous", ["view", "buy"])]
        let byTime = try data(split: .globalTime)
        let rows = try contexts(declared, byTime)
        let known = try contexts(declared, data())
        for position in 0..<8 { #expect(close([rows.row(of: 0, at: position)], [known.row(of: 0, at: position)])) }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let header = "user_id:token\titem_id:token\ttimestamp:float\tevent:token\n"
        for (part, lines) in [
            ("train", "a\tx\t7200\tview\na\ty\t10800\tbuy\nb\tx\t1\tview\nb\ty\t2\tview\n"),
            ("valid", "a\tz\t14400\tview\nb\tz\t3\tview\n"), ("test", "a\tw\t0\tview\nb\tw\t4\tview\n"),
        ] {
            try Data((header + lines).utf8).write(to: folder.appendingPathComponent("log.\(part).inter"))
        }
        let log = try InteractionReader.read(folder, filter: InteractionFilter(keepsEvents: true))
        let given = try InteractionDataset(log, kCore: 1, split: .asGiven, keepsMoments: true)
        let parts = try contexts(declared, given)
        let hour = Float(log1p(1.0))
        #expect(close((0..<4).map { parts.row(of: 0, at: $0) }, [[.nan, 0], [hour, 1], [hour, 2], [0, 1]]))
    }

    @Test("of a ranking to come are what a device would say")
    func toCome() {
        let latest: (time: Double?, event: String?) = (0, "buy")
        #expect(EventContext.gap.values(at: 3600, after: latest, tokens: []) == [Float(log(2.0))])
        // Whole seconds, as devices have them.
        #expect(EventContext.gap.values(at: 3600.9, after: latest, tokens: []) == [Float(log(2.0))])
        #expect(EventContext.gap.values(at: 3600, after: (0.9, nil), tokens: []) == [Float(log(2.0))])
        #expect(
            EventContext.hour.values(at: 7200.9, after: latest, tokens: [])
                == EventContext.hour.values(at: 7200, after: latest, tokens: [])
        )
        #expect(EventContext.gap.values(at: -5, after: latest, tokens: []) == [0])
        #expect(EventContext.gap.values(at: 5, after: (nil, nil), tokens: [])[0].isNaN)
        #expect(EventContext.weekday.values(at: nil, after: latest, tokens: []).allSatisfy { $0.isNaN })
        #expect(EventContext.previous.values(at: nil, after: latest, tokens: ["view", "buy"]) == [2])
        #expect(EventContext.previous.values(at: nil, after: (nil, nil), tokens: ["view"]) == [0])
        // Before 1970 too.
        let early = EventContext.hour.values(at: -6 * 3600, after: latest, tokens: [])
        #expect(abs(early[0] + 1) < 1e-6 && abs(early[1]) < 1e-6)
        #expect(EventContext.time("2024-05-01T06:00:00Z") == 1_714_543_200 && EventContext.time("soon") == nil)
    }
}
