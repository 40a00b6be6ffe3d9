import Foundation
import Testing

@testable import MetaNetworkData

/// Data that come in a file each of training, validation and test.
@Suite("Folders of interactions")
struct SplitFolderTests {
    private func withFolder<Result>(_ files: [String: String], _ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
        return try body(folder)
    }

    private let parts = [
        "train.csv": "user,item,time\na,1,30\na,2,10\nb,1,5\nb,2,6\nc,9,1\n",
        "valid.csv": "user,item,time\na,3,20\nb,3,7\n",
        "test.csv": "user,item,time\na,4,1\nb,4,8\nd,1,1\n",
    ]

    @Test("are learned from and tested as they came, whatever the times say")
    func asGiven() throws {
        let log = try withFolder(parts) { try InteractionReader.read($0) }
        let dataset = try InteractionDataset(log, kCore: 1)
        #expect(dataset.split == .asGiven && dataset.userCount == 4 && dataset.droppedUsers == 0)
        let names = dataset.items.map { dataset.itemNames[Int($0) - 1] }
        #expect(names == ["2", "1", "3", "4", "1", "2", "3", "4", "9", "1"])
        #expect(dataset.offsets == [0, 4, 8, 9, 10])
        #expect(dataset.trainingEnds == [2, 6, 9, 9] && dataset.validationEnds == [3, 7, 9, 9])
        #expect(dataset.positions(.validation).positions == [2, 6] && dataset.positions(.test).positions == [3, 7])
        let again = try InteractionDataset(log, kCore: 1, split: .leaveOneOut)
        #expect(again.split == .leaveOneOut && again.digest != dataset.digest && again.droppedUsers == 2)
    }

    @Test("are checked together, and a malformed line is named with its file")
    func check() throws {
        let check = try withFolder(parts) { folder in
            #expect(InteractionReader.isSplit(folder.path) && !InteractionReader.isSplit(folder.path + "/test.csv"))
            return try DataCheck(folder)
        }
        #expect(check.parts == ["training": 5, "validation": 2, "test": 3] && check.lines == 13)
        var broken = parts
        broken["valid.csv"] = "user,item,time\na,3,never\n"
        let problems = try withFolder(broken) { try DataCheck($0) }.problems
        #expect(problems.map(\.description).first?.hasPrefix("valid.csv, line 2, column 3: the time 'never'") == true)
        #expect(
            try withFolder(["ml.inter": "user_id:token\titem_id:token\n1\t2\n", "ml.item": "x"]) {
                try InteractionReader.read($0).count
            } == 1
        )
    }

    @Test("without the files, or with parts of which some have no times, are refused")
    func refused() throws {
        let none = #expect(throws: DataError.self) {
            try withFolder(["notes.md": "x"]) { try InteractionReader.read($0) }
        }
        #expect(
            none?.description.contains(
                "is a folder with 'notes.md'; a folder of interactions has one .inter, or one file"
            ) == true
        )
        var untimed = parts
        untimed["test.csv"] = "user,item\na,4\n"
        let mixed = #expect(throws: DataError.self) { try withFolder(untimed) { try InteractionReader.read($0) } }
        #expect(mixed?.description.contains("do not all have a column of times") == true)
        let whole = try withFile("a.csv", "user,item\na,1\na,2\nb,1\n") { try InteractionReader.read($0) }
        let unsplit = #expect(throws: DataError.self) { try InteractionDataset(whole, kCore: 1, split: .asGiven) }
        #expect(unsplit?.description.contains("the interactions are not split") == true)
    }
}
