import Foundation
import Testing

@testable import MetaNetworkData

@Suite("Text by speaker")
struct SpokenTextTests {
    private let url = FileManager.default.temporaryDirectory.appending(path: "play-\(UUID()).txt")

    private func log(_ text: String, fewest: Int = 3) throws -> InteractionLog {
        defer { try? FileManager.default.removeItem(at: url) }
        try Data(text.utf8).write(to: url)
        return try SpokenText.read(url, fewest: fewest)
    }

    @Test("each speaker takes up the characters of all that it says; who says little is left out")
    func speakers() throws {
        let log = try log("A b:\nHi:\nso\n\nB:\nÄh\n\nC:\n\nA b:\nyes\n")
        #expect((0..<log.users.count).map { log.users[$0] } == ["A b", "B"])
        func said(_ user: Int32) -> String {
            log.userIndices.indices.filter { log.userIndices[$0] == user }.map { log.items[Int(log.itemIndices[$0])] }
                .joined()
        }
        #expect(said(0) == "Hi:\nso\nyes\n" && said(1) == "Äh\n")
        #expect(log.times.prefix(3) == [0, 1, 2])
    }

    @Test("text without speakers is refused by its line, and fewer than two speakers by their number")
    func refusals() throws {
        let lines = #expect(throws: DataError.self) { try log("A:\nso\n\nno speaker\n") }
        #expect(lines?.description.contains("line 4") == true)
        let few = #expect(throws: DataError.self) { try log("A:\nso\n\nB:\nyes\n", fewest: 4) }
        #expect(few?.description.contains("1 speakers of 2") == true)
    }
}
