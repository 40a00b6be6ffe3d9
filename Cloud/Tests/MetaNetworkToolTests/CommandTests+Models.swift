import Foundation
import MetaNetwork
import MetaNetworkModels
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

/// Architectures of one's own, as a user checks and draws them.
extension CommandTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardized
    private static let examples = ["two-towers", "gestures", "dynamic-cnn"]

    private func example(_ name: String) -> String {
        Self.root.appendingPathComponent("Examples/architectures/\(name).json").path
    }

    @Test("every shipped model and worked example passes the check, and its numbers are those of its shapes")
    func checkedModels() throws {
        struct Summary: Decodable {
            struct Parameters: Decodable {
                let `static`: Int
                let dynamic: Int
            }
            let parameters: Parameters
            let refreshBytes: [String: Int]
            let nodes: [Node]

            struct Node: Decodable {
                let name: String
                let weights: Int
            }
        }
        for model in ["sasrec", "gru4rec", "din", "cnn"] + Self.examples.map(example) {
            let output = try run("model", "check", model, "--items", "99", "--json")
            #expect(output.status == 0, "\(model): \(output.error)")
            let summary = try JSONDecoder().decode(Summary.self, from: Data(output.out.utf8))
            #expect(
                summary.nodes.reduce(0) { $0 + $1.weights } == summary.parameters.static + summary.parameters.dynamic
            )
            #expect(summary.refreshBytes["f16"] == 2 * summary.parameters.dynamic)
        }
        let gestures = try JSONDecoder().decode(
            Summary.self,
            from: Data(try run("model", "show", example("gestures"), "--json").out.utf8)
        )
        // 24 units: 24 · 24 + 24 in the hidden layer, 24 · 4 + 4 in the last; a GRU of 3 · (3 + 24 + 2) · 24.
        #expect(gestures.parameters.dynamic == 700)
        #expect(gestures.nodes.first { $0.name == "states" }?.weights == 2088)
        #expect(gestures.refreshBytes["int8"] == 576 + 96 + 4 * (24 + 4) + 4 * (24 + 4))
        let shown = try run("model", "show", "sasrec")
        #expect(shown.out.contains("* correction = dense(hidden) [32]") && shown.out.contains("items, 10"))
    }

    @Test("a drawing has a box for each node and input, and is the whole file or none")
    func drawnModels() throws {
        for model in ["din", example("dynamic-cnn")] {
            #expect(try run("model", "show", model, "--svg", "model.svg").status == 0)
            let url = folder.appendingPathComponent("model.svg")
            let parser = try #require(XMLParser(contentsOf: url))
            #expect(parser.parse(), "\(String(describing: parser.parserError))")
            let text = try String(contentsOf: url, encoding: .utf8)
            let names = try JSONDecoder().decode(
                Names.self,
                from: Data(try run("model", "check", model, "--json").out.utf8)
            )
            for node in names.nodes + names.inputs { #expect(text.contains(">\(node.name)</text>"), "\(node.name)") }
            #expect(text.components(separatedBy: "<g>").count - 1 == names.nodes.count + names.inputs.count)
        }
        let refused = try run("model", "show", "din", "--svg", "/dev/null/model.svg")
        #expect(refused.status == 1 && refused.error.contains("cannot write /dev/null/model.svg"))
    }

    private struct Names: Decodable {
        let inputs: [Name]
        let nodes: [Name]

        struct Name: Decodable { let name: String }
    }

    @Test("what does not fit exits 2 with the node, what it got and what it expects")
    func refusedModels() throws {
        func refused(_ old: String, _ new: String, _ words: String) throws {
            let text = try String(contentsOfFile: example("gestures"), encoding: .utf8)
            #expect(text.contains(old))
            let url = folder.appendingPathComponent("bad.json")
            try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: url)
            let output = try run("model", "check", "bad.json")
            #expect(output.status == 2 && output.out.isEmpty, "\(old)")
            #expect(output.error.contains("bad.json") && output.error.contains(words), "\(output.error)")
        }
        try refused(
            #""inputs": ["recent"]"#,
            #""inputs": ["recently"]"#,
            "node 'hidden': reads 'recently', but no node"
        )
        try refused(#""units": 4"#, #""unit": 4"#, "node 'gesture'")
        try refused(#""operation": "gru""#, #""operation": "lstm""#, "operation 'lstm' is not known")
        try refused(#""length": 20, "#, "", "needs the key 'length'")
        try refused(#""sample": "recent""#, #""sample": "hidden""#, "behind a dynamic layer")
        try refused(#""operation": "last""#, #""operation": "pooling", "size": 2"#, "node 'recent'")
        try refused(
            #""output": "gesture""#,
            #""output": "states""#,
            "node 'states': is the output, so its value must be one vector"
        )
        #expect(try run("model", "check", "nowhere.json").error.contains("nowhere.json cannot be read"))
        #expect(try run("model", "check", "sasrec", "--items", "0").status == 2)
    }

    @Test(
        "the JSON Schema takes every shipped model and example, and refuses what the reader refuses",
        .enabled(
            if: FileManager.default.fileExists(atPath: root.appendingPathComponent(".deps/python").path),
            "make setup-tests"
        )
    )
    func schema() throws {
        try Data(try run("model", "schema").out.utf8).write(to: folder.appendingPathComponent("schema.json"))
        var files = Self.examples.map(example)
        var architectures = [Architecture.paperSASRec(), .paperGRU4Rec(), .paperDIN(), .cnn()]
        for form in PersonalForm.allCases {
            var bag = try Architecture.bag().personalized(as: form).architecture
            bag.name = form.rawValue
            architectures.append(bag)
        }
        for architecture in architectures {
            let path = folder.appendingPathComponent("\(architecture.name).json")
            try JSONEncoder().encode(architecture).write(to: path)
            files.append(path.path)
        }
        let good = files.count
        let changes = [
            (#""units": 24, "#, ""), (#""units": 24"#, #""units": "24""#), (#""gru""#, #""lstm""#),
            (#""units": 4"#, #""units": 4, "heads": 2"#),
            (#""name": "recent", "#, ""), (#""inputs": ["recent"]"#, #""inputs": "recent""#), (#""tanh""#, #""sine""#),
            (#""dynamic": true"#, #""dynamic": 1"#), (#""kind": "vectors""#, #""kind": "sound""#),
            (#""output": "gesture","#, ""), (#""inputs": ["recent"]"#, #""inputs": []"#),
        ]
        for (number, change) in changes.enumerated() {
            let text = try String(contentsOfFile: example("gestures"), encoding: .utf8)
            #expect(text.contains(change.0), "\(change)")
            let path = folder.appendingPathComponent("bad-\(number).json").path
            try Data(text.replacingOccurrences(of: change.0, with: change.1).utf8).write(to: URL(fileURLWithPath: path))
            #expect(try run("model", "check", path).status == 2, "\(change)")
            files.append(path)
        }
        let found = try checkedBySchema(files)
        for (number, file) in files.enumerated() {
            let message = try #require(found[file])
            #expect((message == nil) == (number < good), "\(file): \(message ?? "accepted")")
        }
    }

    private func checkedBySchema(_ files: [String]) throws -> [String: String?] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["python3", Self.root.appendingPathComponent("scripts/check-schema.py").path]
            + [folder.appendingPathComponent("schema.json").path] + files
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try JSONDecoder().decode([String: String?].self, from: data)
    }
}
