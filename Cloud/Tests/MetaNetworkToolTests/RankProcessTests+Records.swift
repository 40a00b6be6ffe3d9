import Foundation
import Testing

/// `experiment` on several ranks.
extension RankProcessTests {
    /// Four runs that train on a log, of which those of a seed share a base.
    private static let trained = """
          - name: log
            data: {name: log}
            settings: {epochs: 2, width: 4, batch: 64, k-core: 1, user-column: who, item-column: what, time-column: when}
            methods:
              - {name: base, variant: none, model: sasrec}
              - {name: shift, variant: offset, settings: {generator-width: 4}}

        """

    /// Four runs whose devices learn together.
    private static func together(rounds: Int) -> String {
        """
          - name: made-up
            data: {name: synthetic}
            federates: {devices: 6, at-once: 3, rounds: \(rounds), local-epochs: 1, model: linear}
            methods:
              - {name: plain, role: base}
              - {name: buffered, federates: {method: fedbuff, cache: 2}}

        """
    }

    /// Runs an experiment on one rank, which says what digests its data have, until it has all records.
    ///
    /// - Returns: The experiment with the digests.
    private func experiment(_ parts: [String], in name: String) throws -> String {
        var text = "title: A sample\nseeds: 2\nparts:\n" + parts.joined()
        for _ in parts {
            try write(text, to: name)
            let (status, said) = try experiments(1, [name])[0].end()
            #expect(status == 2)
            let found = try #require(
                said.firstMatch(of: /line (\d+): the data have no digest; add `sha256: ([0-9a-f]{64})`/)
            )
            var lines = text.split(separator: "\n").map(String.init)
            let line = try #require(Int(found.1)) - 1
            lines[line] = lines[line].replacing("}", with: ", sha256: \(found.2)}")
            text = lines.joined(separator: "\n") + "\n"
        }
        try write(text, to: name)
        expect(0, try experiments(1, [name]))
        return text
    }

    /// Runs the experiment of a folder, or of one for each rank.
    private func experiments(_ size: Int, _ names: [String]) throws -> [Rank] {
        try launch(size, environment: ["METANETWORK_DATA": folder.path]) { rank in
            let name = names[rank % names.count]
            return ["experiment", "\(name)/sample.yaml", "--threads", "1", "--quiet", "--out", "\(name)/reports"]
        }
    }

    private func write(_ text: String, to name: String) throws {
        let file = folder.appendingPathComponent("\(name)/sample.yaml")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// The records in a folder by their paths, without the times that runs took.
    private func records(_ name: String) throws -> [String: NSDictionary] {
        let results = folder.appendingPathComponent("\(name)/results")
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: results.path)) ?? []
        return try paths.filter { $0.hasSuffix(".json") }.reduce(into: [:]) { records, path in
            let value = try JSONSerialization.jsonObject(with: Data(contentsOf: results.appendingPathComponent(path)))
            records[path] = Self.timeless(value) as? NSDictionary
        }
    }

    private static func timeless(_ value: Any) -> Any {
        guard let object = value as? [String: Any] else { return value }
        return object.filter { !["seconds", "positions-per-second"].contains($0.key) }.mapValues(timeless)
    }

    @Test("makes on two ranks, each with a folder of its own, the records that one makes, and the first has them all")
    func records() throws {
        let text = try experiment([Self.trained, Self.together(rounds: 4)], in: "one")
        for name in ["first", "second"] { try write(text, to: name) }
        expect(0, try experiments(2, ["first", "second"]))
        let (one, first, second) = (try records("one"), try records("first"), try records("second"))
        #expect(one.count == 8 && first == one)
        // Of each seed one rank has base and shift, and of the others each has two.
        #expect(second.count == 4 && second.allSatisfy { one[$0.key] == $0.value })
        #expect(second.keys.contains("sample/log/base-2.json") == second.keys.contains("sample/log/shift-2.json"))
        #expect(isThere("first/reports/sample/log/report.json") && !isThere("second/reports/sample/log/report.json"))
        // What the first one has lost, another has: nothing is made again.
        let lost = try #require(second.keys.min())
        try FileManager.default.removeItem(at: folder.appendingPathComponent("first/results/\(lost)"))
        let kept = try Data(contentsOf: folder.appendingPathComponent("second/results/\(lost)"))
        expect(0, try experiments(2, ["first", "second"]))
        #expect(try Data(contentsOf: folder.appendingPathComponent("first/results/\(lost)")) == kept)
    }

    @Test("ends an experiment with 75 where a rank is killed, and makes only what is missing when it is started again")
    func killedExperiment() throws {
        let text = try experiment([Self.together(rounds: 50)], in: "one")
        try write(text, to: "both")
        let ranks = try experiments(2, ["both"])
        while try records("both").isEmpty, ranks[0].process.isRunning { Thread.sleep(forTimeInterval: 0.01) }
        kill(ranks[1].pid, SIGKILL)
        let (status, said) = ranks[0].end()
        #expect(status == 75 && said.contains("rank 0 lost rank 1"), "\(said)")
        #expect(said.contains("what was made is kept: start all ranks again"), "\(said)")
        let (path, _) = try #require(try records("both").first)
        let file = folder.appendingPathComponent("both/results/\(path)")
        let kept = try Data(contentsOf: file)
        expect(0, try experiments(2, ["both"]))
        #expect(try Data(contentsOf: file) == kept && records("both") == records("one"))
    }

    @Test("refuses ranks with different experiments, and leaves undecided what no rank has data for")
    func refusedExperiments() throws {
        let text = "title: A sample\nparts:\n" + Self.trained
        try write(text, to: "here")
        try write(text.replacing("epochs: 2", with: "epochs: 3"), to: "there")
        for one in try experiments(2, ["here", "there"]) {
            let (status, said) = one.end()
            #expect(status == 2 && said.contains("rank 1 has experiments of digest "), "\(said)")
        }
        try write(text.replacing("name: log}", with: "name: nowhere}"), to: "here")
        expect(0, try experiments(2, ["here"]))
        #expect(try records("here").isEmpty && isThere("here/reports/sample/log/report.json"))
    }
}
