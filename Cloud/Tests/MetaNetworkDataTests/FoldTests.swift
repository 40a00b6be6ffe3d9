import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkData

@Suite("Groups, folds and supports of devices")
struct FoldTests {
    /// Ten people with two devices each; the first feature is the row, the second the person.
    private func table(people: Int = 10, rows: Int = 30, group: String? = "person", extra: String = "") throws
        -> FeatureTable
    {
        var text = "device,person,row,owner,class\n"
        for person in 0..<people {
            for arm in ["left", "right"] {
                for row in 0..<rows { text += "p\(person)-\(arm),p\(person),\(row),\(person),\(row % 2)\n" }
            }
        }
        return try withFile("table.csv", text + extra) { url in
            let columns = FeatureTable.Columns(
                device: "device",
                targets: ["class"],
                group: group,
                features: ["row", "owner"]
            )
            return try FeatureTable(url, columns: columns, kind: .classification)
        }
    }

    private func people(_ source: any EpisodeSource, _ part: Part) -> Set<Substring> {
        Set(source.episodes(part).map { $0.device.prefix { $0 != "-" } })
    }

    private func message(_ body: () throws -> Void) -> String {
        let error = #expect(throws: DataError.self) { try body() }
        return error?.description ?? ""
    }

    @Test("a group is in one part alone, and its column is no feature")
    func groups() throws {
        let source = try FeatureEpisodes(table(), window: 1, samples: 4)
        let parts = Part.allCases.map { people(source, $0) }
        #expect(parts.map(\.count) == [6, 2, 2])
        #expect(parts[0].isDisjoint(with: parts[1]) && parts[1].isDisjoint(with: parts[2]))
        #expect(Set(source.episodes(.test).map(\.device)).count == 4)
        #expect(source.folds.count == 1 && source.split.contains("'person'"))
        let text = "device,person,x,class\na,one,1,0\n"
        let columns = FeatureTable.Columns(device: "device", targets: ["class"], group: "person")
        let table = try withFile("t.csv", text) { try FeatureTable($0, columns: columns, kind: .classification) }
        #expect(table.featureNames == ["x"])
    }

    @Test(
        "folds test every group once, with models of the others, of which the next fold's validate",
        arguments: [3, 4, 10]
    )
    func folds(count: Int) throws {
        let all = try FeatureEpisodes(table(), window: 1, samples: 4, folds: .number(count))
        let folds = all.folds
        #expect(folds.count == count && folds.allSatisfy { $0.folds.count == 1 })
        #expect(Set(folds.map(\.digest) + [all.digest]).count == count + 1)
        let tested = folds.flatMap { people($0, .test) }
        #expect(tested.count == 10 && Set(tested).count == 10)
        for (place, fold) in folds.enumerated() {
            let parts = Part.allCases.map { people(fold, $0) }
            #expect(parts.map(\.count).reduce(0, +) == 10)
            #expect(Set(parts.flatMap { $0 }).count == 10, "nobody is in two parts")
            #expect(parts[1] == people(folds[(place + 1) % count], .test))
            #expect(parts[2].count <= (10 + count - 1) / count)
        }
        #expect(all.episodes(.test).map(\.device) == folds[0].episodes(.test).map(\.device))
        #expect(all.split.contains("\(count) folds by 'person'"))
    }

    @Test("'all' is a fold for each group")
    func leaveOneOut() throws {
        let folds = try FeatureEpisodes(table(), window: 1, samples: 4, folds: .all).folds
        #expect(folds.count == 10 && folds.allSatisfy { people($0, .test).count == 1 })
    }

    @Test("folds and groups that cannot be are refused with what is known")
    func refused() throws {
        let one = message {
            _ = try FeatureEpisodes(table(people: 1, rows: 9, extra: "x,p0,1,0,0\nx,p0,1,0,1\n"), window: 1, samples: 4)
        }
        #expect(one.contains("the column 'person' has 1 group ('p0'); training needs 3"), "\(one)")
        let many = message { _ = try FeatureEpisodes(table(people: 4), window: 1, samples: 4, folds: .number(5)) }
        #expect(many.contains("5 folds are more than the 4 groups of the column 'person' ('p0', 'p1'"), "\(many)")
        let none = message { _ = try FeatureEpisodes(table(group: nil), window: 1, samples: 4, folds: .all) }
        #expect(none.contains("--group-column"), "\(none)")
        let two = message { _ = try table(extra: "p1-left,p2,1,1,0\n") }
        #expect(two.contains("line 602") && two.contains("'p2'") && two.contains("'p1'"), "\(two)")
        let absent = message { _ = try table(group: "owner's") }
        #expect(absent.contains("no column 'owner's' for the group") && absent.contains("--group-column"), "\(absent)")
    }

    @Test("a drawn support is of the whole recording, the same on every call, and all other examples are asked about")
    func drawn() throws {
        let source = try FeatureEpisodes(table(), window: 1, samples: 8, support: .drawn)
        let episodes = source.episodes(.test)
        #expect(episodes.count == 4)
        for (episode, again) in zip(episodes, source.episodes(.test)) {
            let (support, query) = (episode.support.map { $0[0] }, episode.query.map { $0[0] })
            #expect(support.count == 8 && support == support.sorted() && query == query.sorted())
            #expect(Set(support + query) == Set((0..<30).map(Float.init)) && query.count == 22)
            #expect(support == again.support.map { $0[0] })
            #expect(episode.targets == query.map { $0.truncatingRemainder(dividingBy: 2) })
        }
        #expect(Set(episodes.map { $0.support.map { $0[0] } }).count > 1, "each device draws for itself")
        // Consecutive supports of 8 of 30 rows lie within 8 rows.
        #expect(episodes.contains { $0.support[7][0] - $0.support[0][0] > 16 })
        let consecutive = try FeatureEpisodes(table(), window: 1, samples: 8)
        #expect(consecutive.digest != source.digest)
        #expect(consecutive.episodes(.test).allSatisfy { $0.support.last?[0] == ($0.support.first?[0] ?? 0) + 7 })
    }

    @Test(
        "training asks once an epoch about every example, never with itself in the support",
        arguments: [2, 3, 9, 30]
    )
    func drawnTraining(rows: Int) throws {
        let source = try FeatureEpisodes(table(rows: rows), window: 1, samples: 8, support: .drawn)
        var random = SeededGenerator(seed: 1)
        var seen: [[Float]] = []
        for _ in 0..<2 {
            let episodes = source.plan(batch: 20, random: &random).flatMap { $0(&random) }
            for device in Set(episodes.map(\.device)) {
                let own = episodes.filter { $0.device == device }
                #expect(own.flatMap { $0.query.map { $0[0] } }.sorted() == (0..<rows).map(Float.init))
                for episode in own {
                    #expect(Set(episode.support).isDisjoint(with: episode.query) && !episode.support.isEmpty)
                    #expect(episode.support.count <= 8 && episode.query.count <= 8)
                }
            }
            seen.append(episodes.flatMap { $0.support.map { $0[0] } })
        }
        #expect(rows < 9 || seen[0] != seen[1], "each epoch draws anew")
    }

    @Test("the scores of folds are joined to those of all devices, as if they had been measured at once")
    func joined() throws {
        let outputs = BundleManifest.Outputs(kind: .classification, names: ["x", "y"])
        func scores(_ devices: [(name: String, group: String, targets: [Float])]) -> Scores {
            let episodes = devices.map {
                Episode(
                    device: $0.name,
                    group: $0.group,
                    support: [[0]],
                    query: $0.targets.map { [$0] },
                    targets: $0.targets
                )
            }
            let values: [Float] = devices.flatMap { device in
                device.targets.indices.flatMap { input -> [Float] in [Float(input), 0.5] }
            }
            return Scores(EpisodeScores(episodes: episodes, outputs: values, description: outputs))
        }
        let devices: [(String, String, [Float])] = [
            ("a", "one", [0, 1]), ("b", "two", [1]), ("c", "one", [0, 0, 0]), ("d", "two", [1, 1]),
        ]
        let (whole, folds) = (scores(devices), [scores(Array(devices[..<2])), scores(Array(devices[2...]))])
        let joined = Scores.joined(folds)
        #expect(joined.values == whole.values && joined.subjects == "devices")
        // Of one part they are in the order of the groups.
        #expect(joined.indices.sorted() == whole.indices.sorted())
        #expect(joined.sets[0].metrics.bySubject == whole.sets[0].metrics.bySubject)
        #expect(joined.parts.map(\.name) == whole.parts.map(\.name))
        #expect(joined.parts.map(\.subjects) == whole.parts.map(\.subjects))
        #expect(joined.parts.map(\.values) == whole.parts.map(\.values))
        #expect(Scores.joined([whole]).values == whole.values)
    }
}
