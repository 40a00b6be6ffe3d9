import Foundation
import MetaNetworkData
import Testing

@testable import MetaNetworkExperiments
@testable import MetaNetworkSettings

@Suite("Settings")
struct SettingsTests {
    /// A made-up configuration.
    private struct Run: Configurable {
        enum Model: String, SettingChoice { case sasrec, gru }

        var data: String?
        var deps: String?
        var cache: String?
        var epochs = 30
        var learningRate = 0.001
        var generatorWindow = 50
        var model = Model.sasrec
        var out: String?

        static let defaults = Run()
        static let settings: [Setting<Run>] = [
            Setting("data", \Run.data, help: ""), Setting("deps", \Run.deps, help: ""),
            Setting("cache", \Run.cache, help: ""), Setting("epochs", \Run.epochs, in: 1...100, help: ""),
            Setting("learning-rate", \Run.learningRate, in: 0...1, help: ""),
            Setting("generator-window", \Run.generatorWindow, in: 1...100, help: ""),
            Setting("model", \Run.model, help: ""), Setting("out", \Run.out, help: ""),
        ]
    }

    private func merged(
        flags: [String: String] = [:],
        bundle: [String: String] = [:],
        environment: [String: String] = [:],
        file: URL? = nil
    ) throws -> MergedSettings {
        let flags = flags.map { Given(key: $0.key, text: $0.value) }
        return try MergedSettings(Run.declarations, flags: flags, bundle: bundle, environment: environment, file: file)
    }

    private func origins(_ settings: MergedSettings) -> [String: MergedSettings.Origin] {
        Dictionary(uniqueKeysWithValues: settings.entries.map { ($0.declaration.key, $0.origin) })
    }

    /// Runs a body with a file of that name, which is there for as long.
    private func withFile<Result>(_ name: String, _ data: Data, _ body: (URL) throws -> Result) throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let url = directory.appendingPathComponent(name)
        try data.write(to: url)
        return try body(url)
    }

    private func withFile<Result>(_ name: String, _ text: String, _ body: (URL) throws -> Result) throws -> Result {
        try withFile(name, Data(text.utf8), body)
    }

    /// The message that a file's settings are refused with.
    private func refusal(_ name: String, _ text: String) throws -> String {
        try withFile(name, text) { file in
            let error = #expect(throws: ConfigurationError.self) { try merged(file: file) }
            let message = error?.description ?? ""
            #expect(message.contains(file.path))
            return message
        }
    }

    @Test("Flags go before the environment, that before the file, that before defaults; each value names its origin")
    func precedence() throws {
        try withFile("run.yaml", "epochs: 1\nlearning-rate: 0.5\ngenerator-window: 7\n") { file in
            let settings = try merged(
                flags: ["epochs": "3"],
                environment: ["METANETWORK_EPOCHS": "2", "METANETWORK_GENERATOR_WINDOW": "9", "OTHER": "1"],
                file: file
            )
            let run: Run = settings.values()
            #expect(run.epochs == 3 && run.generatorWindow == 9 && run.learningRate == 0.5 && run.model == .sasrec)
            let origins = origins(settings)
            #expect(origins["epochs"]?.description == "--epochs")
            #expect(origins["generator-window"]?.description == "METANETWORK_GENERATOR_WINDOW")
            #expect(origins["learning-rate"]?.description == file.path)
            #expect(origins["model"]?.description == "default")
            #expect(
                settings.record(without: ["model"])
                    == ["epochs": "3", "generator-window": "9", "learning-rate": "0.5"]
            )
        }
    }

    @Test("What a bundle says of its data goes before the environment and the file, and flags before it")
    func bundle() throws {
        let settings = try merged(
            flags: ["epochs": "3"],
            bundle: ["epochs": "4", "generator-window": "5", "unheard-of": "6"],
            environment: ["METANETWORK_GENERATOR_WINDOW": "7"]
        )
        let run: Run = settings.values()
        #expect(run.epochs == 3 && run.generatorWindow == 5)
        #expect(origins(settings)["generator-window"] == .bundle)
    }

    @Test("A default that depends on other settings gives way to what is given")
    func assumed() throws {
        var settings = try merged(environment: ["METANETWORK_EPOCHS": "2"])
        settings.assume(Run.settings[3], 9)
        settings.assume(Run.settings[5], 9)
        let run: Run = settings.values()
        #expect(run.epochs == 2 && run.generatorWindow == 9)
        #expect(origins(settings)["generator-window"] == .byDefault)
    }

    @Test("An empty environment variable counts as not given")
    func emptyVariable() throws {
        try withFile("run.yaml", "epochs: 4") { file in
            let settings = try merged(environment: ["METANETWORK_EPOCHS": "", "METANETWORK_MODEL": ""], file: file)
            let run: Run = settings.values()
            #expect(run.epochs == 4 && run.model == .sasrec)
        }
    }

    @Test("The variables of the tool's folders are never settings", arguments: ["data", "deps", "cache"])
    func reservedVariables(key: String) throws {
        let environment = ["METANETWORK_DATA": "/x", "METANETWORK_DEPS": "/x", "METANETWORK_CACHE": "/x"]
        let settings = try merged(environment: environment)
        #expect(settings.record()[key] == nil && origins(settings)[key] == .byDefault)
        let given = try merged(flags: [key: "ours"], environment: environment)
        #expect(given.record()[key] == "ours")
    }

    @Test(
        "YAML and TOML give the same settings",
        arguments: [
            ("run.yaml", "# a run\nepochs: 12\nlearning-rate: 1e-3\nmodel: \"gru\"\nout: a b\n"),
            ("run.YML", "{epochs: 12, learning-rate: 0.001, model: gru, out: 'a b'}"),
            ("run.toml", "# a run\nepochs = 12\nlearning-rate = 1e-3\nmodel = \"gru\"\nout = 'a b'\n"),
        ]
    )
    func formats(name: String, text: String) throws {
        let settings = try withFile(name, text) { try merged(file: $0) }
        let run: Run = settings.values()
        #expect(run.epochs == 12 && run.learningRate == 0.001 && run.model == .gru && run.out == "a b")
    }

    @Test("A file without settings is fine", arguments: ["run.yaml", "run.toml"])
    func emptyFile(name: String) throws {
        for text in ["", "# nothing\n"] {
            let settings = try withFile(name, text) { try merged(file: $0) }
            #expect(settings.values(Run.self).epochs == 30)
        }
    }

    @Test("TOML's booleans and numbers keep their kinds")
    func kinds() throws {
        let text = "yes = true\nno = false\none = 1\nzero = 0\nhalf = 0.5\nword = \"true\"\n"
        let read = try withFile("run.toml", text) { try SettingsFile.read($0) }
        #expect(
            Dictionary(uniqueKeysWithValues: read.map { ($0.key, $0.value) })
                == ["yes": "true", "no": "false", "one": "1", "zero": "0", "half": "0.5", "word": "true"]
        )
    }

    @Test("A boolean is no number", arguments: [("run.yaml", "epochs: true"), ("run.toml", "epochs = true")])
    func booleanForNumber(name: String, text: String) throws {
        #expect(try refusal(name, text).contains("'epochs' is 'true'"))
    }

    @Test(
        "An unknown key is refused with the name that was meant",
        arguments: [
            ("epoch", "epochs"), ("epocs", "epochs"), ("learning_rate", "learning-rate"),
            ("lerning-rat", "learning-rate"), ("mode", "model"), ("ou", "out"), ("generatorwindow", "generator-window"),
        ]
    )
    func suggestion(key: String, meant: String) throws {
        for (name, text) in [("run.yaml", "\(key): 1"), ("run.toml", "\(key) = 1")] {
            #expect(try refusal(name, text).hasSuffix("there is no setting '\(key)'; did you mean '\(meant)'?"))
        }
    }

    @Test("An unknown key unlike any setting has no suggestion", arguments: ["lr", "top", "seed", "optimizer"])
    func noSuggestion(key: String) throws {
        let message = try refusal("run.yaml", "\(key): 1")
        #expect(message.contains("there is no setting '\(key)'"))
        #expect(!message.contains("did you mean"))
        #expect(message.contains("--help"))
    }

    @Test(
        "A nested value is refused by its key",
        arguments: [
            ("run.yaml", "epochs: [1, 2]"), ("run.yaml", "epochs:\n  first: 1\n"), ("run.toml", "epochs = [1, 2]"),
            ("run.toml", "[epochs]\nfirst = 1\n"), ("run.toml", "epochs.first = 1"),
        ]
    )
    func nested(name: String, text: String) throws {
        #expect(try refusal(name, text).contains("'epochs' must be one value"))
    }

    @Test(
        "A malformed file is refused with its path",
        arguments: [
            ("run.yaml", "epochs: 'open"), ("run.yaml", "epochs: 1\nepochs: 2\n"), ("run.toml", "epochs ="),
            ("run.toml", "epochs: 1"), ("run.toml", "epochs = 1\nepochs = 2\n"),
        ]
    )
    func malformed(name: String, text: String) throws {
        #expect(try refusal(name, text).contains("is malformed: "))
    }

    @Test("A file of another form or name, and one that is not there, are refused with the fix")
    func otherFiles() throws {
        #expect(try refusal("run.yaml", "- epochs\n").contains("must be one value a setting"))
        #expect(try refusal("run.json", "{}").contains("name it .yaml, .yml or .toml"))
        for name in ["run.yaml", "run.toml"] {
            try withFile(name, Data([0x61, 0xFF, 0xFE])) { file in
                let error = #expect(throws: ConfigurationError.self) { try merged(file: file) }
                #expect(error?.description == "configuration file \(file.path) is not UTF-8; save it as UTF-8")
            }
        }
        let missing = URL(fileURLWithPath: "/nowhere/run.yaml")
        let error = #expect(throws: ConfigurationError.self) { try merged(file: missing) }
        #expect(error?.description == "configuration file /nowhere/run.yaml cannot be read; check the path")
    }

    @Test("A bad whole number is refused by key, value, origin, fix", arguments: ["ten", "0", "101", "1.5", ""])
    func badWholeNumber(value: String) throws {
        let name = "METANETWORK_EPOCHS"
        let cases = [("--epochs", ["epochs": value], [:]), (name, [:], [name: value])]
        for (origin, flags, environment) in cases where !(value.isEmpty && origin == name) {
            let error = #expect(throws: ConfigurationError.self) { try merged(flags: flags, environment: environment) }
            #expect(
                error?.description == "'epochs' is '\(value)' (from \(origin)): give a whole number from 1 to 100"
            )
        }
    }

    @Test("A number that cannot be used is refused by key, value, origin", arguments: ["fast", "nan", "2", "-inf"])
    func badNumber(value: String) throws {
        try withFile("run.yaml", "learning-rate: \(value)") { file in
            let error = #expect(throws: ConfigurationError.self) { try merged(file: file) }
            #expect(
                error?.description
                    == "'learning-rate' is '\(value)' (from \(file.path)): give a number from 0.0 to 1.0"
            )
        }
    }

    @Test("A value that is no choice is refused with the choices")
    func badChoice() throws {
        let error = #expect(throws: ConfigurationError.self) { try merged(flags: ["model": "SASRec"]) }
        #expect(error?.description == "'model' is 'SASRec' (from --model): use one of sasrec, gru")
    }
}
