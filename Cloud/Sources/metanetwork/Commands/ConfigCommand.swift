import ArgumentParser
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkReports
import MetaNetworkServing
import MetaNetworkSettings

/// `metanetwork config`: settings without the run.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show the settings of a command.",
        subcommands: [Show.self]
    )

    /// `metanetwork config show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the merged settings of a command, each with where it came from.",
            discussion: """
                Flags override METANETWORK_… variables override the file of --config override defaults. Without a command \
                the settings are those of train.

                Examples:
                  metanetwork config show --config movies.yaml --epochs 50
                  METANETWORK_PORT=80 metanetwork config show serve --json
                """,
            subcommands: [
                Settings<TrainOptions>.self, Settings<CompareOptions>.self, Settings<EvaluateOptions>.self,
                Settings<PredictOptions>.self, Settings<PublishOptions>.self, Settings<SigningOptions>.self,
                Settings<RegistryOptions>.self, Settings<ServeOptions>.self, Settings<EventsOptions>.self,
                Settings<AdaptOptions>.self, Settings<DistillOptions>.self, Settings<RetrainOptions>.self,
                Settings<FederateOptions>.self, Settings<SimulateOptions>.self,
            ],
            defaultSubcommand: Settings<TrainOptions>.self
        )
    }

    /// The settings of one command.
    struct Settings<Options: ShownOptions>: ParsableCommand {
        static var configuration: CommandConfiguration {
            let commands = [Options.command] + Options.otherCommands
            return CommandConfiguration(
                commandName: Options.command,
                abstract: "Print the settings of \(commands.joined(separator: " and ")).",
                aliases: Options.otherCommands
            )
        }

        @Flag(help: "Print one JSON object on standard output and nothing else.")
        var json = false

        @OptionGroup var options: Options

        func run() throws {
            let shown = try ShownSettings(command: Options.command, options.merged())
            if json { return try JSONOutput.write(shown) }
            print(shown.text)
        }
    }
}

/// Options of a command whose settings can be shown.
protocol ShownOptions: SettingOptions {
    static var command: String { get }
    /// Commands with the same settings.
    static var otherCommands: [String] { get }
}

extension ShownOptions {
    static var otherCommands: [String] { [] }
}

extension TrainOptions: ShownOptions { static let command = "train" }
extension CompareOptions: ShownOptions { static let command = "compare" }
extension EvaluateOptions: ShownOptions {
    static let command = "evaluate"
    static let otherCommands = ["privacy"]
}
extension PredictOptions: ShownOptions { static let command = "predict" }
extension PublishOptions: ShownOptions { static let command = "publish" }
extension SigningOptions: ShownOptions {
    static let command = "registry"
    static let otherCommands = ["rollback"]
}
extension RegistryOptions: ShownOptions {
    static let command = "list"
    static let otherCommands = ["promote"]
}
extension ServeOptions: ShownOptions { static let command = "serve" }
extension EventsOptions: ShownOptions { static let command = "events" }
extension AdaptOptions: ShownOptions { static let command = "adapt" }
extension DistillOptions: ShownOptions { static let command = "distill" }
extension RetrainOptions: ShownOptions { static let command = "retrain" }
extension FederateOptions: ShownOptions { static let command = "federate" }
extension SimulateOptions: ShownOptions { static let command = "simulate" }

/// Settings as `metanetwork config show` prints them.
struct ShownSettings: Encodable {
    struct Line: Encodable {
        let key: String
        /// `nil` where the setting has none.
        let value: (any SettingValue)?
        /// `flag`, `environment`, `file`, `default`, or `bundle` where one is read.
        let from: String
        /// The flag, the variable or the file; `nil` for a default.
        let source: String?
        /// What a default without a value means; not printed as JSON.
        let note: String?

        private enum CodingKeys: String, CodingKey { case key, value, from, source }

        init(_ entry: MergedSettings.Entry) {
            key = entry.declaration.key
            let text = entry.value?.settingText
            value = text?.withoutPassword == text ? entry.value : text?.withoutPassword
            source = entry.origin == .byDefault ? nil : entry.origin.description
            note = entry.declaration.defaultNote
            from =
                switch entry.origin {
                case .flag: "flag"
                case .bundle: "bundle"
                case .variable: "environment"
                case .file: "file"
                case .byDefault: "default"
                }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(key, forKey: .key)
            if let value {
                try container.encode(value, forKey: .value)
            } else {
                try container.encodeNil(forKey: .value)
            }
            try container.encode(from, forKey: .from)
            try container.encode(source, forKey: .source)
        }
    }

    let command: String
    let settings: [Line]

    init(command: String, _ merged: MergedSettings) {
        self.command = command
        settings = merged.entries.map(Line.init)
    }

    /// One line a setting: key, value, where it came from.
    var text: String {
        let rows = settings.map { line in
            let value =
                line.value.map(\.settingText).flatMap { $0.isEmpty ? nil : $0 } ?? line.note.map { "(\($0))" } ?? "-"
            return [line.key, value, line.source.map { "\(line.from) \($0)" } ?? line.from]
        }
        return TextTable.aligned(rows, right: []).joined(separator: "\n")
    }
}
