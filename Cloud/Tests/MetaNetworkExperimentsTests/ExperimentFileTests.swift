import Foundation
import MetaNetworkData
import Testing

@testable import MetaNetworkExperiments
@testable import MetaNetworkSettings

@Suite("Files of experiments")
struct ExperimentFileTests {
    private static let digest = String(repeating: "0a", count: 32)

    /// A file without a mistake; the line of each entry matters to the tests.
    private static let text = """
        title: A sample
        seeds: 2
        parts:
          - name: log
            data: {name: nowhere, sha256: \(digest), source: made up}
            settings:
              epochs: 3
              width: 8
            methods:
              - {name: base, variant: none, model: sasrec}
              - {name: meta, variant: stabilized, label: Meta, settings: {epochs: 4}}
              - {name: gru, variant: none, model: gru4rec, role: baseline}
        claims:
          - id: gain
            text: It gains
            left: metric(meta, full, ndcg@10)
            relation: ">"
            right: metric(base, full, ndcg@10)
        """

    private func read(_ text: String, isQuick: Bool = false) throws -> ExperimentFile {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try ExperimentFile(url.path, isQuick: isQuick)
    }

    @Test(
        "say what is measured: settings of the part beneath those of a method, labels and roles as the variant has them"
    )
    func whole() throws {
        let file = try read(Self.text)
        let part = try #require(file.parts.first)
        #expect(file.title == "A sample" && part.seeds == [1, 2] && part.claims.map(\.id) == ["gain"])
        #expect(part.methods.map(\.method.name) == ["base", "meta", "gru"])
        #expect(part.methods.map(\.method.label) == ["base", "Meta", "base"])
        #expect(part.methods.map(\.method.role) == [.base, .method, .baseline])
        #expect(part.methods.map(\.model) == ["sasrec", "sasrec", "gru4rec"])
        #expect(part.methods.map(\.group) == ["sasrec", "sasrec", "sasrec"])
        #expect(part.methods.map { $0.key.settings["epochs"] } == ["3", "4", "3"])
        #expect(part.methods.allSatisfy { $0.key.settings["width"] == "8" && $0.key.settings["threads"] == nil })
        #expect(part.data.find(in: [FileManager.default.temporaryDirectory]) == nil)
        let quick = try #require(try read(Self.text, isQuick: true).parts.first)
        #expect(quick.seeds == [1] && quick.methods.allSatisfy { $0.key.settings["epochs"] == "2" })
    }

    /// What is replaced by what, the line of the mistake, and what is said of it.
    @Test(
        "tell a mistake with its line and what is known",
        arguments: [
            ("seeds: 2", "seed: 2", 2, "an experiment has no key 'seed'; did you mean 'seeds'?"),
            ("seeds: 2", "seeds: none", 2, "'seeds' must be a whole number from 1 to 1000"),
            ("title: A sample", "text: A sample", 1, "an experiment needs 'title'"),
            ("seeds: 2", "seeds: [2", 3, "see docs/experiments.md"),
            ("  epochs: 3", "  epoch: 3", 7, "there is no setting 'epoch'; did you mean 'epochs'?"),
            ("  epochs: 3", "  epochs: many", 7, "'epochs' is 'many': give a whole number from 1 to 100000"),
            ("  epochs: 3", "  seed: 3", 7, "there is no setting 'seed'"),
            (
                "variant: none, model: sasrec", "variant: nome, model: sasrec", 10,
                "no variant 'nome'; did you mean 'none'?"
            ),
            ("model: sasrec", "model: sasrek", 10, "model 'sasrek' is not known"),
            ("model: sasrec", "model: missing.json", 10, "cannot be read"),
            ("name: meta", "name: base", 11, "two methods have the name 'base'; give each its own"),
            ("name: meta", "name: a/b", 11, "must be of letters, digits"),
            ("{epochs: 4}", "{k-core: 4}", 11, "'k-core' says what the data are"),
            ("role: baseline", "role: baselin", 12, "there is no role 'baselin'; did you mean 'baseline'?"),
            (
                "variant: none, model: sasrec}", "variant: none, model: sasrec, role: control}", 10,
                "must have the role base"
            ),
            ("name: meta,", "name: meta, devices: {policy: every-2},", 11, "either all methods have 'devices' or none"),
            ("name: meta,", "name: meta, devices: {policy: often},", 11, "policy 'often' is not known; use every-N"),
            ("name: meta,", "name: meta, devices: {count: 3},", 11, "'devices' needs 'policy'"),
            (
                "name: meta,", "name: meta, devices: {policy: never, offline: half},", 11,
                "'offline' is 'half': give a share"
            ),
            ("name: meta,", "name: meta, devices: {policy: never, guard: no idea},", 11, "write true or false"),
            ("name: base,", "name: base, devices: {policy: never},", 10, "'none' makes no model with a generator"),
            (
                "name: meta,", "name: meta, asks: {policy: random, ages: [5]},", 11,
                "either all methods have 'asks' with the same ages"
            ),
            (
                "name: meta,", "name: meta, asks: {policy: randon, ages: [5]},", 11,
                "no policy 'randon'; did you mean 'random'?"
            ),
            ("name: meta,", "name: meta, asks: {policy: random, ages: []},", 11, "'ages'"),
            (
                "name: meta,", "name: meta, asks: {policy: random, ages: [0]},", 11,
                "an age must be a whole number from 1"
            ),
            (
                "name: base,", "name: base, asks: {policy: never, ages: [5]},", 10,
                "'none' makes no model with a generator"
            ),
            (
                "name: meta,", "name: meta, devices: {policy: never}, asks: {policy: random, ages: [5]},", 11,
                "has 'devices' and 'asks'"
            ),
            ("name: meta,", "name: meta, keeps: {policy: every-10},", 11, "either all methods have 'keeps', or none"),
            ("name: meta,", "name: meta, keeps: {policy: often},", 11, "policy 'often' is not known; use every-N"),
            ("name: meta,", "name: meta, keeps: {policy: interval-60},", 11, "a stream of inputs has none"),
            ("name: meta,", "name: meta, keeps: {policy: fine-tune},", 11, "no weights to keep by a request"),
            ("name: base,", "name: base, on-device: {},", 10, "neither learns on a device nor has a generator"),
            ("name: meta,", "name: meta, on-device: {steps: 3},", 11, "has no key 'steps'"),
            ("name: meta,", "name: meta, devices: {policy: never}, on-device: {},", 11, "leave out one of them"),
            ("name: base,", "name: base, keeps: {policy: never},", 10, "'none' makes no model with a generator"),
            (
                "name: base,", "name: base, learns: {what: nothing, labels: [1], noise: [0]},", 11,
                "either all methods have 'learns' with the same"
            ),
            ("name: base,", "name: base, learns: {what: code, labels: [1], noise: [0]},", 10, "'code' needs a basis"),
            (
                "name: base,", "name: base, learns: {what: everything, labels: [1], noise: [0]},", 10,
                "there is no 'everything' to learn"
            ),
            (
                "name: meta,", "name: meta, learns: {what: patch, labels: [1], noise: [0]},", 11,
                "write the variant none"
            ),
            (
                "name: base,", "name: base, learns: {what: all, labels: [1, 1], noise: [0]},", 10,
                "one value or more, and each once"
            ),
            (
                "name: base,", "name: base, learns: {what: all, labels: [0], noise: [0]},", 10,
                "labels of each class must be"
            ),
            (
                "name: base,", "name: base, learns: {what: all, labels: [1], noise: [101]},", 10,
                "noise, in percent, must be"
            ),
            (
                "name: base,", "name: base, learns: {what: all, labels: [1], noise: [0], steps: 0},", 10,
                "'steps' must be"
            ),
            (
                "name: base,", "name: base, learns: {what: all, labels: [1], noise: [0], rate: fast},", 10,
                "'rate' must be a number above 0"
            ),
            (
                "name: meta,", "name: meta, asks: {policy: random, ages: [5]}, keeps: {policy: never},", 11,
                "has 'asks' and 'keeps'"
            ),
            (
                "name: base,", "name: base, defers: {policy: switcher, cloud: models/big.json},", 11,
                "either all methods have 'defers' to the same model"
            ),
            ("name: base,", "name: base, defers: {policy: switch, cloud: a.json},", 10, "there is no policy 'switch'"),
            ("name: meta,", "name: meta, defers: {policy: random, cloud: a.json},", 11, "without a generator"),
            (
                "name: base,", "name: base, adapts: {policy: full, teacher: a.json},", 11,
                "either all methods have 'adapts' with the same teacher"
            ),
            (
                "name: base,", "name: base, adapts: {policy: ful, teacher: a.json},", 10,
                "there is no policy 'ful'; did you mean 'full'?"
            ),
            ("name: base,", "name: base, adapts: {policy: full, teacher: a.json, lag: 0},", 10, "'lag'"),
            ("name: base,", "name: base, adapts: {policy: full},", 10, "'teacher'"),
            ("name: meta,", "name: meta, adapts: {policy: full, teacher: a.json},", 11, "without a generator"),
            ("sha256: 0a", "sha256: 0A", 5, "64 hexadecimal digits in lower case"),
            ("metric(meta, full", "metric(mete, full", 16, "there is no method 'mete'; did you mean 'meta'?"),
            ("metric(meta, full", "metric(meta, fall", 16, "there is no set 'fall'; did you mean 'full'?"),
            (
                "metric(meta, full, ndcg@10)", "metric(meta, full, ndgc@10)", 16,
                "there is no metric 'ndgc@10'; did you mean 'ndcg@10'?"
            ),
            ("metric(base, full, ndcg@10)", "metric(base, full, ndcg@10) +", 18, "found the end"),
            ("relation: \">\"", "relation: \"=>\"", 17, "and not '=>'"),
            ("id: gain", "id: gain\n    part: lag", 15, "there is no part 'lag'; did you mean 'log'?"),
            ("    text: It gains", "    txt: It gains", 15, "a claim has no key 'txt'; did you mean 'text'?"),
        ]
    )
    func mistakes(old: String, new: String, line: Int, message: String) throws {
        let text = Self.text.replacing(old, with: new, maxReplacements: 1)
        try #require(text != Self.text)
        let error = #expect(throws: ConfigurationError.self) { try read(text) }
        let said = try #require(error?.description)
        #expect(said.contains(".yaml, line \(line): ") && said.contains(message), "\(said)")
        #expect(!said.contains("\n"))
    }

    @Test("a control that no device can run has no devices")
    func blindDevices() throws {
        func text(_ settings: String) -> String {
            """
            title: A sample
            parts:
              - name: log
                data: {name: nowhere}
                methods:
                  - {name: base, variant: residual, model: sasrec, role: base, devices: {policy: never}}
                  - {name: blind, variant: residual, devices: {policy: every-2}\(settings)}
            """
        }
        #expect(try read(text("")).parts[0].methods.map(\.devices?.policy) == ["never", "every-2"])
        let error = #expect(throws: ConfigurationError.self) { try read(text(", settings: {blind: true}")) }
        #expect(error?.description.contains("line 7: method 'blind' is blind, which no device can run") == true)
    }

    @Test("two claims with one id, and a claim of no part where there are two, are mistakes")
    func claims() throws {
        let claim = "\n  - {id: gain, text: It gains, left: '1', relation: '>', right: '0'}"
        let twice = #expect(throws: ConfigurationError.self) { try read(Self.text + claim) }
        #expect(twice?.description.contains("line 19: two claims have the id 'gain'") == true)
        let part = try #require(Self.text.firstRange(of: "  - name: log"))
        let claims = try #require(Self.text.firstRange(of: "claims:"))
        let first = Self.text[part.lowerBound..<claims.lowerBound]
        let second = first.replacing("name: log", with: "name: other")
        let two = Self.text.replacing(first, with: first + second)
        let homeless = #expect(throws: ConfigurationError.self) { try read(two) }
        #expect(homeless?.description.contains("claim 'gain' needs 'part'; parts: log, other") == true)
    }

    @Test("data of another digest are told with the line and the digest that was found")
    func digests() throws {
        let data = try read(Self.text).parts[0].data
        #expect(throws: Never.self) { try data.check(Self.digest) }
        let error = #expect(throws: ConfigurationError.self) { try data.check("ff") }
        #expect(error?.description.contains("line 5: the data 'nowhere' have the SHA-256 ff and not 0a0a") == true)
    }

    @Test("without records and data every claim is undecided, and says why")
    func undecided() throws {
        let file = try read(Self.text)
        let result = try file.parts[0].recorded(in: file, otherwise: "the data 'nowhere' are not there")
        #expect(result.claims.map(\.holds) == [nil] && result.methods.isEmpty)
        #expect(result.claims[0].reason == "undecided: the data 'nowhere' are not there")
        #expect(try !file.parts[0].hasAllRecords(in: file))
    }

    @Test("a record is of the same as long as nothing that it knows has changed")
    func keys() {
        func key(_ settings: [String: String]) -> RecordKey {
            RecordKey(data: "d", variant: "none", model: "sasrec", settings: settings, draws: 400, seed: 1)
        }
        let record = key(["epochs": "3", "rank": "4"])
        #expect(key(["epochs": "3", "rank": "4"]).difference(from: record, defaults: []) == nil)
        #expect(key(["epochs": "5", "rank": "4"]).difference(from: record, defaults: []) == "epochs was 3 and is 5")
        // A default that changed, and a setting that is no more.
        #expect(key(["epochs": "5", "rank": "4"]).difference(from: record, defaults: ["epochs"]) != nil)
        #expect(key(["epochs": "3"]).difference(from: record, defaults: []) == "rank was 4 and is not set")
        // A setting that is newer than the record matters only where somebody gave it.
        let newer = key(["epochs": "3", "rank": "4", "dropout": "0"])
        #expect(newer.difference(from: record, defaults: ["dropout"]) == nil)
        #expect(newer.difference(from: record, defaults: []) == "dropout was not set and is 0")
        var other = record
        other.revision += 1
        #expect(other.difference(from: record, defaults: [])?.hasPrefix("the revision of the code") == true)
    }
}
