import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkData

@Suite("Series and their windows")
struct SeriesTests {
    private func table(_ text: String, _ columns: SeriesTable.Columns, name: String = "series.csv") throws
        -> SeriesTable
    {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)-\(name)")
        defer { try? FileManager.default.removeItem(at: url) }
        try Data(text.utf8).write(to: url)
        return try SeriesTable(url, columns: columns)
    }

    @Test("a column of names and a column for each series are the same series")
    func forms() throws {
        let long = try table(
            "name,time,value\nb,2016-10-04 08:30,4\na,2016-10-04 08:00,1\na,2016-10-04 08:30,2\nb,2016-10-04 08:00,3\n",
            SeriesTable.Columns(series: "name", time: "time")
        )
        let wide = try table(
            "date\tb\ta\nx\t3\t1\ny\t4\t2\n",
            SeriesTable.Columns(series: nil, time: "date"),
            name: "s.tsv"
        )
        #expect(long.series.map(\.name) == ["b", "a"] && wide.series.map(\.name) == ["b", "a"])
        #expect(long.series.map(\.values) == [[3, 4], [1, 2]] && wide.series.map(\.values) == [[3, 4], [1, 2]])
        let some = try table("b,a\n3,1\n4,\n", SeriesTable.Columns(series: nil, values: ["a"]))
        #expect(some.series.map(\.name) == ["a"] && some.series[0].values[0] == 1 && some.series[0].values[1].isNaN)
        // Numbers are sorted by their value: 9 before 10.
        let counted = try table("s,t,v\na,10,2\na,9,1\n", SeriesTable.Columns(series: "s", time: "t"))
        #expect(counted.series[0].values == [1, 2])
    }

    @Test(
        "a file that cannot be is told with its line and its column",
        arguments: [
            ("", "is empty"), ("a,b\n", "has a header and no rows"),
            ("a,b\n1\n", "line 2 has 1 columns, the header has 2"),
            (
                "date,b\n2016-10-04,1\n",
                "column 'date' has '2016-10-04', which is no finite number; name it with --time-column"
            ),
            ("a,b\n1,inf\n", "column 'b' has 'inf'"),
        ]
    )
    func mistakes(_ text: String, _ words: String) {
        let error = #expect(throws: DataError.self) { try table(text, SeriesTable.Columns(series: nil)) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("names of series have one column of values, and columns that are named are there")
    func columns() {
        let two = #expect(throws: DataError.self) {
            try table("s,a,b\nx,1,2\n", SeriesTable.Columns(series: "s"))
        }
        #expect(
            two?.description.contains("2 other columns; name the one with the values with --target-columns") == true
        )
        let none = #expect(throws: DataError.self) { try table("a\n1\n", SeriesTable.Columns(series: nil, time: "t")) }
        #expect(none?.description.contains("there is no column 't' for the time") == true)
    }

    /// A series of 100 values: its number times ten, and a rising step.
    private func episodes(_ values: [Float] = (0..<100).map(Float.init), samples: Int = 4) throws -> SeriesEpisodes {
        let text =
            "a,b\n" + values.map { "\($0.isNaN ? "" : "\($0)"),\(1000 - $0)\n".replacing("nan", with: "") }.joined()
        return try SeriesEpisodes(
            table(text, SeriesTable.Columns(series: nil, values: ["a"])),
            window: 5,
            inputs: [.columns(5, rows: 1)],
            horizon: 2,
            stride: 1,
            samples: samples
        )
    }

    @Test("targets of a part lie in its time, and what a window reads may reach back")
    func split() throws {
        let source = try episodes()
        // Mean and deviation of 0 to 69.
        let (mean, deviation) = (Float(34.5), Float((70.0 * 70 - 1) / 12).squareRoot())
        func time(_ value: Float) -> Int { Int((value * deviation + mean).rounded()) }
        let training = source.windows(.training)[0]
        #expect(training.inputs.count == 64 && time(training.inputs[0][0]) == 0 && time(training.targets[63][1]) == 69)
        let validation = source.windows(.validation)[0]
        #expect(validation.targets.map { time($0[0]) } == Array(70...78) && time(validation.inputs[0][0]) == 65)
        let test = source.windows(.test)[0]
        #expect(time(test.targets[0][0]) == 80 && time(test.targets.last?[1] ?? 0) == 99 && test.inputs.count == 19)
        for (input, target) in zip(test.inputs, test.targets) {
            #expect(
                zip(input.dropFirst(), input).allSatisfy { time($0) == time($1) + 1 }
                    && time(target[0]) == time(input[4]) + 1
            )
        }
    }

    @Test("a missing value is the last one before it where it is read, and leaves out what would forecast it")
    func missing() throws {
        var values = (0..<100).map(Float.init)
        (values[0], values[1], values[30]) = (.nan, .nan, .nan)
        let source = try episodes(values)
        let whole = try episodes()
        let inputs = source.windows(.training)[0].inputs
        // Two at the start, which have nothing before them, and two that would forecast the missing one.
        #expect(inputs.count == whole.windows(.training)[0].inputs.count - 4)
        let filled = inputs.filter { zip($0.dropFirst(), $0).contains { $0 == $1 } }
        #expect(filled.count == 4 && inputs.allSatisfy { $0.allSatisfy(\.isFinite) })
    }

    @Test("an epoch asks about each window of training once, with samples of the same series from training alone")
    func epoch() throws {
        let source = try episodes()
        var random = SeededGenerator(seed: 1)
        let steps = source.plan(batch: 8, random: &random)
        var asked: [[Float]] = []
        let training = Set(source.windows(.training)[0].inputs)
        for step in steps {
            for episode in step(&random) {
                #expect(episode.support.count == 4 && training.isSuperset(of: episode.support))
                #expect(episode.targets.count == 2 * episode.query.count && episode.supportTargets.count == 8)
                asked += episode.query
            }
        }
        #expect(asked.count == training.count && Set(asked) == training)
        let held = source.episodes(.test)
        #expect(held.count == 1 && held[0].query == source.windows(.test)[0].inputs)
        #expect(training.isSuperset(of: held[0].support) && held[0].support.count == 4)
    }

    @Test("series that are too short for a window in each part are one message")
    func short() {
        let error = #expect(throws: DataError.self) { try episodes((0..<12).map(Float.init)) }
        #expect(error?.description.contains("the longest has 12 values: give longer ones") == true)
    }

    @Test("errors of several values are reported apart, too")
    func apart() throws {
        let episode = Episode(device: "a", support: [[0]], query: [[0], [0]], targets: [1, 2, 3, 4])
        let outputs = BundleManifest.Outputs(kind: .regression, names: ["+1", "+2"])
        let scores = Scores(EpisodeScores(episodes: [episode], outputs: [1, 0, 4, 3], description: outputs))
        #expect(scores.parts.map(\.name) == ["+1", "+2"] && scores.breakdown?.title == "By value")
        #expect(
            scores.parts.map { $0.values["mse"] } == [0.5, 2.5] && scores.parts.map { $0.values["mae"] } == [0.5, 1.5]
        )
        #expect(scores.sets[0].metrics.values["mse"] == 1.5)
    }

    @Test("beside a model's errors are those of forecasts that nobody learns, and a season repeats itself")
    func naive() throws {
        let episode = Episode(device: "a", support: [[0]], query: [[1, 2], [3, 5]], targets: [2, 4, 0, 5])
        let outputs = BundleManifest.Outputs(kind: .regression, names: ["+1", "+2"])
        let scores = EpisodeScores(episodes: [episode], outputs: [2, 4, 0, 5], description: outputs)
        let sets = Scores(scores, beside: [.lastValue, .lastSeason(2), .trainingMean]).sets
        #expect(sets.map(\.name) == ["devices", "last-value", "last-season", "training-mean"])
        // Errors 0, 2, 5, 0; 1, 2, 3, 0; 2, 4, 0, 5.
        #expect(sets.map { $0.metrics.values["mse"] } == [0, 7.25, 3.5, 11.25])
        #expect(NaiveForecast.lastSeason(2).values(after: [9, 7, 8], horizon: 5) == [7, 8, 7, 8, 7])
        #expect(try episodes().naiveForecasts == [.lastValue, .trainingMean])
    }
}
