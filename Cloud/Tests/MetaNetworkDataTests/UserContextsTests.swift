import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkData

@Suite("What models read of users")
struct UserContextsTests {
    private static let atomic = """
        user_id:token\tage:token\tgender:token\tjob:token\theight:float
        1\t10\tM\twriter\t1.5
        2\t30\tF\t\t
        3\t\tX\tother\t2

        """
    private static let inputs: [Architecture.Input] = [
        .vector("body", width: 2), .token("gender", ["F", "M"]),
    ]

    private func contexts(
        _ columns: [String],
        of text: String = atomic,
        inputs: [Architecture.Input] = inputs
    ) throws -> InteractionContexts {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appendingPathComponent("tiny.user")
        try Data(text.utf8).write(to: url)
        let items: [Architecture.Input] = [
            .init(name: "history", kind: .items, length: 1), .init(name: "item", kind: .item),
        ]
        let graph = try ModelGraph(Self.ranker(items + inputs), itemCount: 9)
        let users = try UserContexts(url, columns: columns, inputs: graph.inputs, of: Vocabulary(["3", "1", "2", "9"]))
        return InteractionContexts(graph.inputs, users: users)
    }

    /// Reads each input.
    private static func ranker(_ inputs: [Architecture.Input]) -> Architecture {
        var joined = Architecture.Node("joined", .concatenate)
        var nodes: [Architecture.Node] = []
        for input in inputs where input.kind != .items {
            guard input.kind != .vector else {
                joined.inputs.append(input.name)
                continue
            }
            nodes.append(.init("of \(input.name)", .embedding(table: "\(input.name) table", width: 1), input.name))
            joined.inputs.append("of \(input.name)")
        }
        nodes += [joined, .init("score", .dense(units: 1), "joined")]
        return Architecture(name: "ranker", inputs: inputs, nodes: nodes, output: "score")
    }

    @Test(
        "are columns in the order that was named, tokens by their number, and NaN where a cell or the user is missing"
    )
    func rows() throws {
        let contexts = try contexts(["height", "age"])
        #expect(contexts.users?.unknownUsers == 1)
        let rows = contexts.rows(of: 0..<4, at: 0..<4).map { $0.map { $0.isNaN ? -1 : $0 } }
        #expect(rows == [[-1, -1, 0], [1.5, 10, 2], [-1, -1, 1], [-1, -1, -1]])
        #expect(contexts.row(of: 1, at: 0) == [1.5, 10, 2])
        #expect(contexts.rows(of: [1, 1] as [Int32], at: [0, 1]).count == 2)
        let known = contexts.values(of: 1, at: 0)
        #expect(known.map(\.name) == ["body", "gender"] && known[0].values == [1.5, 10] && known[1].token == "M")
        #expect(contexts.values(of: 0, at: 0).isEmpty && contexts.values(of: 3, at: 0).isEmpty)
        // Without a name all columns but a token's are read, in order of the header.
        let all = try self.contexts([], of: "id\tb\tgender\ta\n1\t1\tF\t2\n")
        #expect(all.row(of: 1, at: 0) == [1, 2, 1])
        let token = try self.contexts([], inputs: [.token("job", ["writer"])])
        #expect(token.rows(of: 0..<3, at: 0..<3) == [[0], [1], [0]])
    }

    @Test("that a file does not have are refused with what there is")
    func refusals() throws {
        func message(_ columns: [String], of text: String = Self.atomic) -> String {
            do {
                _ = try contexts(columns, of: text)
                return "nothing was wrong"
            } catch { return "\(error)" }
        }
        #expect(message(["age"]).contains("need 2 columns of profiles (2 for 'body'), there are 1: age"))
        #expect(message([]).contains("there are 3: age, job, height; name those"))
        #expect(message(["age", "weight"]).contains("no column 'weight'; it has age, gender, job, height"))
        #expect(message(["job", "age"]).contains("'job' of the user '3' has 'other', which is no finite number"))
        #expect(message([], of: "id\tage\theight\n1\t1\t2\n").contains("no column 'gender'"))
        #expect(message([], of: "id\tage\tgender\theight\n7\t1\tF\t2\n").contains("the profile of none of the 4 users"))
    }

    @Test("make data of the same interactions other data")
    func digest() throws {
        let lines = (0..<16).map { "\(["3", "1", "2", "9"][$0 % 4]) \($0 / 2)\n" }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).txt")
        try Data(lines.joined().utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let plain = try InteractionDataset(InteractionReader.read(url), kCore: 1)
        let (some, others) = (
            plain.with(try contexts(["height", "age"])), plain.with(try contexts(["age", "height"]))
        )
        #expect(Set([plain.digest, some.digest, others.digest]).count == 3)
        #expect(
            some.digest == plain.with(try contexts(["height", "age"])).digest && some.contexts?.users?.unknownUsers == 1
        )
    }
}
