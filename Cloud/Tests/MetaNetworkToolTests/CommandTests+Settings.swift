import Foundation
import Testing

extension CommandTests {
    private struct Shown: Decodable {
        struct Line: Decodable {
            enum Value: Decodable, Equatable {
                case number(Double)
                case text(String)
                case flag(Bool)

                init(from decoder: any Decoder) throws {
                    let container = try decoder.singleValueContainer()
                    if let flag = try? container.decode(Bool.self) {
                        self = .flag(flag)
                    } else if let number = try? container.decode(Double.self) {
                        self = .number(number)
                    } else if let list = try? container.decode([String].self) {
                        self = .text(list.joined(separator: ","))
                    } else {
                        self = .text(try container.decode(String.self))
                    }
                }
            }
            let key: String
            let value: Value?
            let from: String
            let source: String?
        }
        let command: String
        let settings: [Line]

        func line(_ key: String) throws -> Line { try #require(settings.first { $0.key == key }) }
    }

    private func show(_ arguments: String..., environment: [String: String] = [:]) throws -> Shown {
        let output = try run(["config", "show"] + arguments + ["--json"], environment: environment)
        #expect(output.status == 0, "\(output.error)")
        return try JSONDecoder().decode(Shown.self, from: Data(output.out.utf8))
    }

    @Test("config show prints every setting with its value and where that came from")
    func configuration() throws {
        try Data("epochs: 7\nbatch: 64\n".utf8).write(to: folder.appendingPathComponent("c.yaml"))
        let environment = ["METANETWORK_BATCH": "32", "METANETWORK_PATIENCE": "3", "METANETWORK_DATA": "elsewhere"]
        let shown = try show("--config", "c.yaml", "--patience", "4", environment: environment)
        #expect(shown.command == "train")
        let (epochs, batch) = (try shown.line("epochs"), try shown.line("batch"))
        #expect(epochs.value == .number(7) && epochs.from == "file" && epochs.source?.hasSuffix("c.yaml") == true)
        #expect(batch.value == .number(32) && batch.from == "environment" && batch.source == "METANETWORK_BATCH")
        let patience = try shown.line("patience")
        #expect(patience.value == .number(4) && patience.from == "flag" && patience.source == "--patience")
        #expect(try shown.line("negatives").from == "default")
        #expect(try shown.line("data").value == nil, "the variable is a folder")
        let text = try run(["config", "show", "train", "--config", "c.yaml"])
        let line = try #require(text.out.split(separator: "\n").first { $0.contains("epochs") })
        #expect(line.split(separator: " ")[...2] == ["epochs", "7", "file"])
    }

    @Test("serve, simulate and publish take their settings from a file and the environment too")
    func otherCommands() throws {
        let file = folder.appendingPathComponent("s.toml")
        try Data("registry = \"registry\"\nport = 8443\ninsecure = true\n".utf8).write(to: file)
        let serve = try show(
            "serve",
            "--config",
            "s.toml",
            "--insecure=false",
            environment: ["METANETWORK_PORT": "9000"]
        )
        #expect(try serve.line("registry").value == .text("registry") && serve.line("insecure").value == .flag(false))
        #expect(try serve.line("port").value == .number(9000) && serve.line("port").from == "environment")
        let loss = try show("simulate", environment: ["METANETWORK_PACKET_LOSS": "5%"]).line("packet-loss")
        #expect(loss.value == .number(0.05) && loss.from == "environment")
        #expect(try show("publish", "--share", "5%").line("share").value == .number(0.05))
        let registry = ["METANETWORK_REGISTRY": "nowhere"]
        #expect(try run(["list"], environment: registry).status == 2, "the registry is not there")
        #expect(try run("list").status == 64, "no registry is named")
        #expect(try run("publish", "bundle").status != 0)
    }

    @Test("values that a command cannot use exit 2, or 64 where the command line itself is wrong")
    func badValues() throws {
        let file = folder.appendingPathComponent("s.yaml")
        try Data("devices: 0\n".utf8).write(to: file)
        let simulated = try run("simulate", "--config", "s.yaml", "--registry", "r", "--data", "log.csv")
        #expect(simulated.status == 2 && simulated.error.contains("'devices' is '0' (from "), "\(simulated.error)")
        for arguments in [
            ["simulate", "--devices", "0"], ["simulate", "--upload", "all"], ["serve", "--threads", "0"],
            ["serve", "--registry", "r", "--tls-key", "k"], ["publish", "b", "--share", "7"], ["simulate"],
        ] {
            let output = try run(arguments)
            #expect(output.status == 64, "\(arguments): \(output.error)")
        }
        #expect(try run("train", "--similarity", "columns").status == 2)
        #expect(try run("train", "--patience", "-1").status != 0)
    }
}
