import Foundation
import Testing

@testable import MetaNetworkData

@Suite("A data set")
struct InteractionDatasetTests {
    @Test("has the k-core that brute force finds")
    func core() throws {
        let fixture = try DataFixtures.load().core
        let text = fixture.edges.map { "u\($0[0]) i\($0[1])\n" }.joined()
        let log = try withFile("log.txt", text) { try InteractionReader.read($0) }
        let core = log.kCore(fixture.k)
        #expect(core.isKept.indices.filter { core.isKept[$0] } == fixture.kept)
        #expect(core.users == fixture.users && core.items == fixture.items && core.interactions == fixture.kept.count)
    }

    @Test("may leave out items of few users, however often these had them", arguments: [true, false])
    func fewUsers(hasTimes: Bool) throws {
        let lines = ["a x", "a x", "a x", "b y", "a y", "c z", "a z", "b z", "c y"]
        let text =
            hasTimes
            ? "user,item,time\n" + lines.enumerated().map { "\($1.replacing(" ", with: ",")),\($0)\n" }.joined()
            : lines.map { "\($0)\n" }.joined()
        let log = try withFile(hasTimes ? "log.csv" : "log.txt", text) { try InteractionReader.read($0) }
        func pairs(_ log: InteractionLog) -> [String] {
            zip(log.userIndices, log.itemIndices).map { "\(log.users[Int($0)]) \(log.items[Int($1)])" }
        }
        #expect(pairs(log.items(ofAtLeast: 1)) == lines)
        let kept = log.items(ofAtLeast: 3)
        #expect(pairs(kept) == Array(lines[3...]))
        #expect(kept.items.count == 2 && kept.times == (hasTimes ? [3, 4, 5, 6, 7, 8] : []))
        #expect(log.items(ofAtLeast: 4).count == 0)
    }

    @Test("orders each user's interactions by time; equal times keep the order of the lines")
    func order() throws {
        let text = "user,item,time\na,x,3\nb,x,1\na,y,1\na,z,1\nb,y,1\nb,z,0\n"
        let dataset = try withFile("log.csv", text) { try InteractionDataset(InteractionReader.read($0), kCore: 1) }
        func names(_ user: Int) -> [String] {
            dataset.items[dataset.offsets[user]..<dataset.offsets[user + 1]].map { dataset.itemNames[Int($0) - 1] }
        }
        #expect(names(0) == ["y", "z", "x"])
        #expect(names(1) == ["z", "x", "y"])
        #expect(dataset.userNames[0] == "a" && dataset.items.min() == 1)
    }

    @Test("holds out the last tenth of each user's interactions for test and as many for validation, at least one")
    func split() throws {
        let text = (0..<25).map { "long i\($0)\n" }.joined() + (0..<3).map { "short i\($0)\n" }.joined()
        let dataset = try withFile("log.txt", text) { try InteractionDataset(InteractionReader.read($0), kCore: 1) }
        #expect(dataset.trainingEnds == [21, 26])
        #expect(dataset.validationEnds == [23, 27])
        #expect(dataset.positions(.training).positions == Array(1..<21))
        #expect(dataset.positions(.validation).positions == [21, 22, 26])
        #expect(dataset.positions(.test).positions == [23, 24, 27])
        #expect(dataset.positions(.test).users == [0, 0, 1])
    }

    @Test("may hold out the last interaction for test and the one before it for validation")
    func leaveOneOut() throws {
        let text = (0..<25).map { "long i\($0)\n" }.joined() + (0..<3).map { "short i\($0)\n" }.joined()
        let log = try withFile("log.txt", text) { try InteractionReader.read($0) }
        let dataset = try InteractionDataset(log, kCore: 1, split: .leaveOneOut)
        #expect(dataset.positions(.validation).positions == [23, 26])
        #expect(dataset.positions(.test).positions == [24, 27])
        #expect(dataset.trainingEnds == [23, 26] && dataset.validationEnds == [24, 27])
    }

    /// Users `a` and `b` all the time, `late` at the end alone, `early` at the beginning alone; times 0 to 99.
    private func timed() throws -> InteractionLog {
        var log = InteractionLog()
        for time in 0..<100 {
            let user = time >= 95 ? "late" : time < 5 ? "early" : time.isMultiple(of: 2) ? "a" : "b"
            log.append(user: user, item: "i\(time % 7)", time: Double(time))
        }
        return log
    }

    @Test(
        "may be split at one instant for all users, with 80, 10 and 10 % of the interactions, those of the instant after it"
    )
    func globalTime() throws {
        let dataset = try InteractionDataset(timed(), kCore: 1, split: .globalTime)
        let times = (0..<dataset.userCount).flatMap { user in
            (0..<100).filter { time in
                let name = time >= 95 ? "late" : time < 5 ? "early" : time.isMultiple(of: 2) ? "a" : "b"
                return name == dataset.userNames[user]
            }
        }
        func range(_ part: Part) -> Set<Int> { Set(dataset.positions(part).positions.map { times[$0] }) }
        #expect(range(.validation) == Set(80..<90))
        #expect(range(.test) == Set(90..<95), "a user without training interactions is not ranked")
        #expect(range(.training).isSubset(of: Set(0..<80)))
        for part in Part.allCases {
            for (position, user) in zip(dataset.positions(part).positions, dataset.positions(part).users) {
                #expect(position > dataset.offsets[Int(user)])
            }
        }
        #expect(dataset.userNames.index(of: "late") != nil && dataset.itemCount == 7)
    }

    @Test("cannot be split at an instant without times, or where all times are the same")
    func noTimes() throws {
        let lines = (0..<9).map { "a \($0)\nb \($0)\n" }.joined()
        let log = try withFile("log.txt", lines) { try InteractionReader.read($0) }
        let none = #expect(throws: DataError.self) { try InteractionDataset(log, kCore: 1, split: .globalTime) }
        #expect(none?.description.contains("no times") == true && none?.description.contains("--time-column") == true)
        var same = InteractionLog()
        for item in 0..<9 {
            for user in ["a", "b"] { same.append(user: user, item: "\(item)", time: 5) }
        }
        let error = #expect(throws: DataError.self) { try InteractionDataset(same, kCore: 1, split: .globalTime) }
        #expect(error?.description.contains("leaves no validation interaction") == true)
    }

    @Test("has another digest for each split")
    func splitDigests() throws {
        let splits = InteractionSplit.allCases.filter { $0 != .asGiven }
        let digests = try splits.map { try InteractionDataset(timed(), kCore: 1, split: $0).digest }
        #expect(Set(digests).count == 3)
        #expect(Set(InteractionSplit.allCases.map(\.text)).count == 4)
    }

    @Test("tells which share of a user's neighbouring interactions have one time")
    func sameTime() throws {
        let text = "user,item,time\na,x,3\nb,x,1\na,y,1\na,z,1\nb,y,1\nb,z,1\n"
        let check = try withFile("log.csv", text) { try DataCheck($0) }
        // a: 1, 1, 3; b: 1, 1, 1.
        #expect(check.sameTime == 0.75)
        #expect(try withFile("log.txt", "a 1\na 2\n") { try DataCheck($0) }.sameTime == nil)
    }

    @Test("drops users too short for the split, counts them, and refuses data that leave fewer than two")
    func shortUsers() throws {
        let two = "a 1\na 2\na 3\nb 1\nb 2\nb 3\nc 1\nc 2\n"
        let dataset = try withFile("log.txt", two) { try InteractionDataset(InteractionReader.read($0), kCore: 1) }
        #expect(dataset.userCount == 2 && dataset.droppedUsers == 1)
        let one = try withFile("log.txt", "a 1\na 2\na 3\nb 1\n") { try InteractionReader.read($0) }
        let error = #expect(throws: DataError.self) { try InteractionDataset(one, kCore: 1) }
        #expect(error?.description.contains("1 of 2 user(s)") == true)
        #expect(throws: DataError.self) { try InteractionDataset(one, kCore: 5) }
        #expect(throws: DataError.self) { try InteractionDataset(one, kCore: 0) }
    }

    @Test("takes a model's vocabulary: its ids stay, unknown items are left out")
    func vocabulary() throws {
        let text = "a x\na y\na new\na z\nb z\nb y\nb x\n"
        let log = try withFile("log.txt", text) { try InteractionReader.read($0) }
        let names = Vocabulary(["z", "y", "unused", "x"])
        let dataset = try InteractionDataset(log, kCore: 1, itemNames: names)
        #expect(dataset.items == [4, 2, 1, 1, 2, 4])
        #expect(dataset.itemCount == 4)
    }

    @Test("has another digest when one interaction differs")
    func digest() throws {
        func dataset(_ last: Int) throws -> InteractionDataset {
            try withFile("log.txt", "a 1\na 2\na 3\nb 1\nb 2\nb \(last)\n") {
                try InteractionDataset(InteractionReader.read($0), kCore: 1)
            }
        }
        #expect(try dataset(3).digest == dataset(3).digest)
        #expect(try dataset(3).digest != dataset(2).digest)
    }

    @Test("a vocabulary finds ten thousand ids again")
    func manyIds() {
        let names = (0..<10_000).map { "id-\($0)-ü" }
        let vocabulary = Vocabulary(names + names)
        #expect(vocabulary.count == 10_000)
        #expect(names.indices.allSatisfy { vocabulary.index(of: names[$0]) == $0 && vocabulary[$0] == names[$0] })
        #expect(vocabulary.index(of: "unknown") == nil)
    }
}
