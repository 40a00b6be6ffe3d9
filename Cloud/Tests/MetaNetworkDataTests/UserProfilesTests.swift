import Foundation
import Testing

@testable import MetaNetworkData

@Suite("Profiles of users")
struct UserProfilesTests {
    private let users = Vocabulary(["3", "1", "2", "9"])

    private func profiles(
        _ text: String,
        _ columns: [String] = [],
        file: String = "tiny.user",
        of users: Vocabulary? = nil
    ) throws -> UserProfiles {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appendingPathComponent(file)
        try Data(text.utf8).write(to: url)
        return try UserProfiles(url, columns: columns, of: users ?? self.users)
    }

    private static let atomic = """
        user_id:token\tage:float\tgender:token\tjob:token
        1\t10\tM\twriter
        2\t30\tF\t
        3\t\tF\tother
        4\t90\tX\tnobody

        """

    @Test("have a number for each token, floats of mean 0 and deviation 1, and what is not known is a class of its own")
    func encoding() throws {
        let profiles = try profiles(Self.atomic)
        #expect(profiles.columns == ["age", "gender", "job"] && profiles.leftOut.isEmpty && profiles.width == 8)
        // Age, age unknown; gender unknown, F, M; job unknown, other, writer. The fourth user is in no data, the last one in no file.
        #expect(
            profiles.rows == [
                [0, 1, 0, 1, 0, 0, 1, 0], [-1, 0, 0, 0, 1, 0, 0, 1], [1, 0, 0, 1, 0, 1, 0, 0],
                [0, 1, 1, 0, 0, 1, 0, 0],
            ]
        )
        #expect(profiles.profile(["age": "20", "gender": "X"]) == [0, 0, 1, 0, 0, 1, 0, 0])
        #expect(profiles.profile(["age": "old", "job": "other"]) == [0, 1, 1, 0, 0, 0, 1, 0])
        #expect(profiles.profile([:]) == profiles.rows[3])
    }

    @Test("are of the columns that are named, and else of all but those whose values are of few users each")
    func columns() throws {
        #expect(try profiles(Self.atomic, ["job", "gender"]).columns == ["gender", "job"])
        let names = (0..<UserProfiles.mostTokens + 1).map(String.init)
        let lines = names.map { "\($0),\(Int($0) == 0 ? "x" : "0" + $0),\($0)" }
        let text = (["id,code,number"] + lines).joined(separator: "\n")
        let all = try profiles(text, file: "users.csv", of: Vocabulary(names))
        #expect(all.columns == ["number"] && all.leftOut == ["code"] && all.width == 2)
        let named = try profiles(text, ["code"], file: "users.csv", of: Vocabulary(names))
        #expect(named.columns == ["code"] && named.width == names.count + 1)
    }

    @Test(
        "say what is wrong with a file, where, and what to do",
        arguments: [
            ("", [], "is empty; it needs a header"),
            ("age:float\n1\n", [], "no column with ids of users"),
            ("user_id:token\tage:float\n1\told\n", [], "the column 'age' is of floats and holds 'old'"),
            ("user_id:token\tage:float\n1\tinf\n", [], "holds 'inf'"),
            ("user_id:token\ttags:token_seq\n1\ta b\n", [], "is of the type 'token_seq'"),
            ("user_id:token\tage:float\n1\n", [], "line 2 has 1 columns, the header has 2"),
            ("user_id:token\tage:float\n1\t5\n", ["height"], "has no column 'height'; it has age"),
            ("user_id:token\tage:float\nx\t5\n", [], "has the profile of none of the 4 users"),
            ("user_id:token\n1\n", [], "has no column with profiles"),
        ]
    )
    func faults(text: String, columns: [String], message: String) throws {
        let error = #expect(throws: DataError.self) { try profiles(text, columns) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }
}
