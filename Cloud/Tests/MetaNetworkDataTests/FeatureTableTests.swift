import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkData

@Suite("Feature tables of many devices")
struct FeatureTableTests {
    private let columns = FeatureTable.Columns(device: "device", targets: ["class"])

    private func table(
        _ text: String,
        _ columns: FeatureTable.Columns? = nil,
        _ kind: BundleManifest.Outputs.Kind = .classification,
        classes: [String]? = nil
    ) throws -> FeatureTable {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try FeatureTable(url, columns: columns ?? self.columns, kind: kind, classes: classes)
    }

    /// Some devices with as many rows each; the first feature counts the rows.
    private func devices(_ count: Int, rows: Int) -> String {
        var lines = ["device,x,y,class"]
        for device in 0..<count { for row in 0..<rows { lines.append("d\(device),\(row),\(device),\(row % 2)") } }
        return lines.joined(separator: "\n") + "\n"
    }

    @Test("reads numbers, classes in order of their value, and each device's rows in order of time")
    func reading() throws {
        let text = "time,device,x,class,y\n3,a,1.5,10,-1\n1,a,2,9,0\n2,b,1e-2,10,7\n"
        var columns = columns
        columns.time = "time"
        let table = try table(text, columns)
        #expect(table.featureNames == ["x", "y"])
        #expect(table.outputs == .init(kind: .classification, names: ["9", "10"]))
        #expect(table.devices.map(\.name) == ["a", "b"])
        #expect(table.devices[0].features == [[2, 0], [1.5, -1]])
        #expect(table.devices[0].targets == [[0], [1]])
        #expect(table.devices[1].features == [[0.01, 7]])
    }

    @Test("numbers to predict may be several columns; named features leave the others out")
    func regression() throws {
        let columns = FeatureTable.Columns(device: "device", targets: ["u", "v"], features: ["x"])
        let table = try table("device,x,note,u,v\na,1,hello,2,3\n", columns, .regression)
        #expect(table.featureNames == ["x"])
        #expect(table.devices[0].targets == [[2, 3]])
        #expect(table.outputs.names == ["u", "v"])
    }

    @Test(
        "what cannot be read is named with its line, its column and the fix",
        arguments: [
            ("device,x,class\na,1,0\na,warm,1\n", ["line 3", "column 'x'", "'warm'", "--feature-columns"]),
            ("device,x,class\na,1\n", ["line 2", "2 columns", "3"]),
            ("device,x,class\na,nan,1\n", ["line 2", "'nan'"]),
            ("gadget,x,class\na,1,0\n", ["no column 'device'", "'gadget'", "--device-column"]),
            ("device,x,kind\na,1,0\n", ["no column 'class'", "--target-columns"]),
            ("device,class\na,1\n", ["no column of features"]),
            ("device,x,class\n", ["no rows"]),
            ("", ["is empty"]),
            ("device,x,class\na,\"1,0\n", ["line 2", "not closed"]),
            ("device,\"x,class\na,1,0\n", ["line 1", "not closed"]),
        ]
    )
    func bad(text: String, words: [String]) {
        let error = #expect(throws: DataError.self) { try table(text) }
        for word in words { #expect(error?.description.contains(word) == true, "\(error?.description ?? "")") }
    }

    @Test("a bundle's classes keep their order, and one that it does not know is refused")
    func classes() throws {
        let text = "device,x,class\na,1,rest\na,2,wave\n"
        #expect(try table(text, classes: ["wave", "rest"]).devices[0].targets == [[1], [0]])
        let error = #expect(throws: DataError.self) { try table(text, classes: ["wave"]) }
        #expect(error?.description.contains("'rest'") == true)
    }

    @Test("devices are split once and for all, and held-out blocks are met with the samples before them")
    func episodes() throws {
        let text = devices(20, rows: 11)
        let source = try FeatureEpisodes(table(text), window: 1, samples: 4)
        let lines = text.split(separator: "\n")
        let shuffled = ([lines[0]] + lines.dropFirst().reversed()).joined(separator: "\n")
        let other = try FeatureEpisodes(table(shuffled), window: 1, samples: 4)
        let parts = Part.allCases.map { part in Set(source.episodes(part).map(\.device)) }
        #expect(parts.map(\.count) == [14, 3, 3])
        #expect(parts[0].isDisjoint(with: parts[1]) && parts[1].isDisjoint(with: parts[2]))
        #expect(Set(other.episodes(.test).map(\.device)) == parts[2], "whatever the order of the file")
        let blocks = source.episodes(.test).filter { $0.device == source.episodes(.test)[0].device }
        #expect(blocks.map { $0.support.map { $0[0] } } == [[0, 1, 2, 3], [4, 5, 6, 7]])
        #expect(blocks.map { $0.query.map { $0[0] } } == [[4, 5, 6, 7], [8, 9, 10]])
        #expect(blocks[0].targets == [0, 1, 0, 1])
    }

    @Test("a window is the rows up to its own, oldest first, with the last one's target")
    func windows() throws {
        let source = try FeatureEpisodes(table(devices(6, rows: 8)), window: 3, samples: 2)
        let first = source.episodes(.test)[0]
        #expect(source.inputCount == 6)
        let device = first.support[0][1]
        #expect(first.support[0] == [0, device, 1, device, 2, device])
        #expect(first.query[0] == [2, device, 3, device, 4, device])
        #expect(first.targets == [0, 1])
    }

    @Test(
        "several inputs are filled in order of the columns, tokens by the column of their name, and one with an empty cell is missing"
    )
    func several() throws {
        let architecture = Architecture(
            name: "x",
            inputs: [.vectors("a", length: 2, width: 1), .token("arm", ["left", "right"]), .vector("b", width: 2)],
            nodes: [
                .init("recent", .last, "a"), .init("side", .embedding(table: "arms", width: 1), "arm"),
                .init("out", .concatenate, "recent", "side", "b"),
            ],
            output: "out",
            sample: "side"
        )
        let inputs = try ModelGraph(architecture).inputs
        func table(_ text: String) throws -> FeatureTable {
            let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
            try Data(text.utf8).write(to: url)
            defer { try? FileManager.default.removeItem(at: url) }
            return try FeatureTable(url, columns: columns, kind: .classification, inputs: inputs)
        }
        var text = "device,x,arm,y,z,class\n"
        for device in 0..<6 {
            text +=
                "d\(device),1,left,10,20,0\nd\(device),2,right,11,21,1\nd\(device),3,both,,22,0\nd\(device),,left,13,23,1\n"
        }
        let source = try FeatureEpisodes(table(text), window: 2, inputs: inputs, samples: 1)
        #expect(source.inputCount == 5 && source.featureInputs == inputs)
        let rows = try #require(source.labelledDevices(.test)?.first).inputs
        #expect(rows[0] == [1, 2, 2, 11, 21])
        #expect(Array(rows[1][..<3]) == [2, 3, 0] && rows[1][3...].allSatisfy(\.isNaN))
        #expect(rows[2][..<2].allSatisfy(\.isNaN) && rows[2][2...] == [1, 13, 23])
        func message(_ text: String) -> String {
            do { return "\(try FeatureEpisodes(table(text), window: 2, inputs: inputs, samples: 1).inputCount)" } catch
            {
                return "\(error)"
            }
        }
        #expect(message(text.replacingOccurrences(of: ",z,", with: ",device2,")).contains("5"))
        #expect(message("device,x,y,z,class\nd,1,2,3,0\n").contains("no column 'arm'"))
        #expect(message("device,x,arm,y,class\nd,1,left,2,0\n").contains("1 for 'a', 2 for 'b'"))
        #expect(message(text + "d0,,left,,,0\n").contains("row 5 of the device 'd0'"))
    }

    @Test("samples of a test device may be of few classes; its inputs and the other parts stay as they are")
    func fewClasses() throws {
        var text = "device,x,class\n"
        for device in 0..<12 { for row in 0..<40 { text += "d\(device),\(row % 4),\(row % 4)\n" } }
        let all = try FeatureEpisodes(table(text), window: 1, samples: 16, support: .drawn)
        let few = try FeatureEpisodes(table(text), window: 1, samples: 16, support: .drawn, supportClasses: 2)
        #expect(all.digest != few.digest)
        for (one, other) in zip(all.episodes(.test), few.episodes(.test)) {
            #expect(Set(one.support.flatMap { $0 }).count == 4 && Set(other.support.flatMap { $0 }).count == 2)
            #expect(one.query == other.query && other.support.allSatisfy(one.support.contains))
            #expect(other.supportTargets == other.support.flatMap { $0 })
        }
        #expect(all.episodes(.validation).map(\.support) == few.episodes(.validation).map(\.support))
    }

    @Test("an epoch meets every training example that has samples before it once, in steps of bounded size")
    func plan() throws {
        let source = try FeatureEpisodes(table(devices(30, rows: 21)), window: 1, samples: 5)
        var random = SeededGenerator(seed: 3)
        let steps = source.plan(batch: 16, random: &random).map { $0(&random) }
        #expect(steps.allSatisfy { step in (1...16).contains(step.reduce(0) { $0 + $1.query.count }) })
        for device in Set(steps.flatMap { $0.map(\.device) }) {
            let met = steps.flatMap { $0 }.filter { $0.device == device }.flatMap(\.query).map { $0[0] }.sorted()
            #expect(met == Array(stride(from: met[0], through: 20, by: 1)))
            #expect((5..<10).contains(met[0]))
        }
    }

    @Test("too few devices, and a class that no training device has, are refused")
    func unusable() throws {
        let few = #expect(throws: DataError.self) {
            try FeatureEpisodes(table(devices(2, rows: 9)), window: 1, samples: 4)
        }
        #expect(few?.description.contains("only 2 of 2 devices") == true)
        let source = try FeatureEpisodes(table(devices(9, rows: 9)), window: 1, samples: 4)
        let held = try #require(source.episodes(.test).first?.device)
        let rare = devices(9, rows: 9) + "\(held),1,1,rare\n"
        let error = #expect(throws: DataError.self) { try FeatureEpisodes(table(rare), window: 1, samples: 4) }
        #expect(error?.description.contains("'rare'") == true)
    }
}

@Suite("Measuring models over vectors")
struct DeviceScoresTests {
    private func episode(_ device: String, _ targets: [Float], width: Int = 1) -> Episode {
        Episode(
            device: device,
            group: device.hasPrefix("a") ? "first" : "second",
            support: [[0]],
            query: [[Float]](repeating: [0], count: targets.count / width),
            targets: targets
        )
    }

    /// Numbers of scikit-learn's `accuracy_score` and `log_loss` on the same logits' softmax.
    @Test("accuracy and log-loss agree with scikit-learn, and ties count against us")
    func classification() throws {
        let scores = EpisodeScores(
            episodes: [episode("a", [0, 2]), episode("b", [1]), episode("a", [1])],
            outputs: [2, 1, 0, 0.5, 0.25, 1.5, -1, 3, 0.5, 1, 1, 0],
            description: .init(kind: .classification, names: ["x", "y", "z"])
        )
        let metrics = Metrics(scores)
        #expect(metrics.values["accuracy"] == 0.75)
        #expect(abs(try #require(metrics.values["logloss"]) - 0.46717599397540976) < 1e-6)
        let devices = try #require(metrics.values["device-accuracy"])
        #expect(abs(devices - 5.0 / 6) < 1e-12)
        let accuracies: [Double?] = [2.0 / 3, 1]
        #expect(metrics.bySubject == accuracies)
        #expect(scores.groups.map(\.name) == ["first", "second"])
        #expect(scores.groups.map(\.devices) == [[0], [1]])
        #expect(metrics.values(of: [1])["accuracy"] == 1)
    }

    /// Numbers of scikit-learn's `mean_squared_error`, `mean_absolute_error` and `r2_score`.
    @Test("squared and absolute error and R² agree with scikit-learn")
    func regression() throws {
        let scores = EpisodeScores(
            episodes: [episode("a", [3, -0.5]), episode("b", [2, 7])],
            outputs: [2.5, 0, 2, 8],
            description: .init(kind: .regression, names: ["y"])
        )
        let metrics = Metrics(scores)
        #expect(metrics.values["mse"] == 0.375)
        #expect(metrics.values["mae"] == 0.5)
        #expect(abs(try #require(metrics.values["r2"]) - 0.9486081370449679) < 1e-12)
    }
}
