import ArgumentParser
import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining
import Testing

@testable import metanetwork
@testable import MetaNetworkServing

/// Every setting of every command, as it is declared.
@Suite("Settings as declared")
struct DeclaredSettingsTests {
    /// What `config show` shows.
    private static let commands = ConfigCommand.Show.configuration.subcommands.compactMap {
        ($0 as? any ShownCommand.Type)?.shown
    }

    /// A value of a setting that is not its default.
    private func sample(_ declaration: SettingDeclaration) throws -> String {
        let some =
            declaration.choices + [
                "3", "0.5", "5%", "rotation", "plain", "20", "5000", "24h", "http://localhost:4318/v1/traces",
                "view=0.5", "gap,previous", "0.25", "2",
            ]
        return try #require(
            some.first { declaration.value($0) != nil && $0 != declaration.defaultValue?.settingText },
            "\(declaration.key)"
        )
    }

    private func check<Options: ShownOptions>(_: Options.Type) throws {
        typealias Command = ConfigCommand.Settings<Options>
        let help = Command.helpMessage(columns: 10_000)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        // `distill` alone reads settings that are no flags of it: its bundle gives them.
        let flagged = Options.declarations.filter {
            Options.self != DistillOptions.self || help.contains("\n  --\($0.key) ")
        }
        // All at once: reading a command's flags takes longer the more there are.
        let flags = try flagged.flatMap { ["--\($0.key)", try sample($0)] }
        let given = try Command.parse(flags).options.merged()
        for declaration in flagged {
            let (key, text) = (declaration.key, try sample(declaration))
            let value = declaration.value(text)?.settingText
            // A long flag has its help on the next line.
            let start = try #require(help.firstRange(of: "\n  --\(key) "), "\(key)").upperBound
            let line =
                help[start...].prefix { $0 != "\n" }
                + help[start...].drop { $0 != "\n" }.dropFirst().prefix { $0 != "\n" }
            #expect(line.contains(declaration.helpText), "\(key)")
            #expect(declaration.helpText.contains(declaration.help), "\(key)")
            if let text = declaration.defaultText { #expect(line.contains("default: \(text))"), "\(key)") }
            if let allowed = declaration.allowed { #expect(line.contains("(\(allowed)"), "\(key)") }

            func entry(_ settings: MergedSettings) -> MergedSettings.Entry? {
                settings.entries.first { $0.declaration.key == key }
            }
            let read = entry(given)
            #expect(read?.origin == .flag(key) && read?.value?.settingText == value, "\(key)")
            try Data("\(key): '\(text)'\n".utf8).write(to: file)
            let (none, variable) = (["": ""], [declaration.variable: text])
            let filed = try entry(MergedSettings(Options.declarations, flags: [], environment: none, file: file))
            #expect(filed?.origin == .file(file.path) && filed?.value?.settingText == value, "\(key)")
            let found = try entry(MergedSettings(Options.declarations, flags: [], environment: variable, file: nil))
            // METANETWORK_DATA and METANETWORK_CACHE are folders.
            let isReserved = MergedSettings.reservedVariables.contains(declaration.variable)
            #expect(isReserved == ["data", "cache"].contains(key), "\(key)")
            #expect(found?.origin == (isReserved ? .byDefault : .variable(declaration.variable)), "\(key)")
        }
    }

    @Test("can be given by flag, variable and file, and help shows what is allowed and the default")
    func everyWay() throws {
        for command in Self.commands { try check(command) }
    }

    @Test("are shown by config show for every command that reads them")
    func allShown() throws {
        let pages = ConfigCommand.Show.configuration.subcommands
        var named: [String] = []
        for command in Metanetwork.configuration.subcommands where command != ConfigCommand.self {
            let options = command.settingOptions
            guard !options.isEmpty else { continue }
            let name = command._commandName
            named.append(name)
            let page = try #require(
                pages.first { $0._commandName == name || $0.configuration.aliases.contains(name) }
                    as? any ShownCommand.Type,
                "config show has no \(name)"
            )
            let shown = Set(page.shown.declarations.map(\.key))
            for key in options.flatMap({ $0.declarations.map(\.key) }) {
                #expect(shown.contains(key), "config show \(name) has no \(key)")
            }
        }
        // One of nested commands, one with options within options, one that shares its page.
        #expect(Set(named).isSuperset(of: ["train", "events", "retrain", "privacy", "serve"]), "\(named)")
        #expect(!named.contains("verify"), "a bundle alone says how it was trained")
    }

    @Test("have a default that is allowed")
    func defaults() {
        for command in Self.commands {
            for declaration in command.declarations {
                guard let text = declaration.defaultValue?.settingText, !text.isEmpty else { continue }
                #expect(declaration.value(text)?.settingText == text, "\(declaration.key)")
            }
        }
    }

    @Test("give the library and the tool the same training")
    func sameTraining() throws {
        let none = try MergedSettings(TrainOptions.declarations, flags: [], environment: [:], file: nil)
        let tool = try LearningSettings(none).configuration(model: "sasrec")
        #expect(tool == TrainingConfiguration(architecture: .sasrec()))
        #expect(tool.batch == 512 && tool.patience == 10)
        let values = none.values(DataSettings.self)
        #expect(values.kCore == InteractionDataset.defaultKCore)
        #expect(none.values(CompareSettings.self).bootstrap == PairedBootstrap().draws)
    }

    @Test("are refused by the library as by the tool")
    func sameRanges() {
        var configuration = TrainingConfiguration.defaults
        #expect(configuration.fault == nil)
        configuration.patience = -1
        #expect(configuration.fault == "patience is -1; give a whole number from 0 to 100000")
        var generator = GeneratorConfiguration()
        generator.temperature = .nan
        #expect(generator.fault?.hasPrefix("temperature is nan; give a number from 1e-06") == true)
        let flags = [Given(key: "patience", text: "-1")]
        let error = #expect(throws: ConfigurationError.self) {
            try MergedSettings(TrainOptions.declarations, flags: flags, environment: [:], file: nil)
        }
        #expect(error?.description.hasSuffix("give a whole number from 0 to 100000") == true)
    }

    @Test("change with the task where their defaults say so")
    func tasks() throws {
        func settings(_ task: String) throws -> MergedSettings {
            let options = try ConfigCommand.Settings<CompareOptions>.parse(["--task", task]).options
            return try options.merged()
        }
        #expect(try settings("ranking").values(GeneratorConfiguration.self).window == 50)
        #expect(try settings("images").values(GeneratorConfiguration.self).window == 16)
        #expect(try settings("images").values(CompareSettings.self).models == ["cnn"])
        func variants(_ task: String) throws -> [ComparisonVariant] {
            try settings(task).values(CompareSettings.self).generators
        }
        #expect(try variants("ranking") == [.none, .knn, .wide, .concat, .plain, .vector])
        #expect(try variants("images") == [.none, .concat, .plain, .residual])
        #expect(try variants("regression") == [.none, .standardize, .concat, .plain, .residual])
        #expect(try settings("regression").values(DataSettings.self).targetColumns == ["target"])
    }

    @Test("take the form of generator that was measured to be worth its bytes and that the model can take")
    func usualForms() throws {
        func settings(_ arguments: String...) throws -> MergedSettings {
            try ConfigCommand.Settings<TrainOptions>.parse(arguments).options.merged()
        }
        func form(_ settings: MergedSettings) -> ComparisonVariant { settings.values(TrainSettings.self).generator }
        let ranking = try settings()
        #expect(form(ranking) == .vector)
        let generator = ranking.values(GeneratorConfiguration.self)
        #expect(generator.ages == 20 && generator.dropout == 0.3)
        #expect(ranking.values(TrainingConfiguration.self).decays == 2)
        // Its score is no inner product.
        let attention = try settings("--model", "din")
        #expect(form(attention) == .residual && attention.values(GeneratorConfiguration.self).dropout == 0)
        #expect(form(try settings("--task", "images")) == .residual)
        let examples = URL(fileURLWithPath: #filePath).appendingPathComponent(
            "../../../../Experiments/models/watch.json"
        )
        let watch = try settings("--task", "classification", "--model", examples.standardized.path)
        #expect(form(watch) == .film && watch.values(GeneratorConfiguration.self).ages == 0)
        let given = try settings("--generator", "plain", "--ages", "0", "--decays", "0")
        #expect(form(given) == .plain && given.values(GeneratorConfiguration.self).ages == 0)
        #expect(given.values(TrainingConfiguration.self).decays == 0)
    }

    @Test("take the columns of a named data set for granted, and say so")
    func namedColumns() throws {
        func settings(_ arguments: String...) throws -> DataSettings {
            let all = ["--task", "classification"] + arguments
            return try ConfigCommand.Settings<CompareOptions>.parse(all).options.merged().values()
        }
        let watch = try settings("--data", "watch")
        #expect(watch.timeColumn == "time" && watch.groupColumn == "person" && watch.targetColumns == ["class"])
        #expect(watch.deviceColumn == "device" && watch.folds == nil && watch.support == .consecutive)
        #expect(try settings("--data", "watch-windows", "--group-column", "device").groupColumn == "device")
        let other = try settings("--data", "gestures.csv", "--folds", "all", "--support", "drawn")
        #expect(other.timeColumn == nil && other.groupColumn == nil)
        #expect(other.folds == .all && other.support == .drawn)
    }

    @Test("keep the split of data that come split, unless told otherwise")
    func givenSplit() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func split(_ arguments: String...) throws -> InteractionSplit {
            let all = ["--data", folder.path] + arguments
            return try ConfigCommand.Settings<TrainOptions>.parse(all).options.merged().values(DataSettings.self).split
        }
        #expect(try split() == .lastTenth)
        for part in ["train", "valid", "test"] {
            try Data("user,item\na,1\n".utf8).write(to: folder.appendingPathComponent("\(part).csv"))
        }
        #expect(try split() == .asGiven && split("--split", "leave-one-out") == .leaveOneOut)
    }

    @Test("count folds from 3, or say all")
    func folds() throws {
        #expect(FoldCount.read("3") == .number(3) && FoldCount.read("all") == .all)
        #expect(FoldCount.read("2") == nil && FoldCount.read("some") == nil)
        let flags = [Given(key: "folds", text: "2")]
        let error = #expect(throws: ConfigurationError.self) {
            try MergedSettings(TrainOptions.declarations, flags: flags, environment: [:], file: nil)
        }
        #expect(error?.description.contains("give a whole number from 3, or all") == true)
    }

    @Test("of the data travel in a bundle, so that it is measured on the split that trained it")
    func provenance() throws {
        let flags = ["split": "global-time", "group-column": "owner", "folds": "4", "support": "drawn"]
        let given = flags.map { Given(key: $0.key, text: $0.value) }
        let trained = try MergedSettings(TrainOptions.declarations, flags: given, environment: [:], file: nil)
        let provenance = BundleProvenance(training: trained.record())
        let read = try MergedSettings(
            EvaluateOptions.declarations,
            flags: [],
            bundle: DataSettings.trained(provenance),
            environment: ["METANETWORK_SPLIT": "last-tenth"],
            file: nil
        ).values(DataSettings.self)
        #expect(read.split == .globalTime && read.groupColumn == "owner")
        #expect(read.folds == .number(4) && read.support == .drawn)
    }

    @Test("give shares as percentages or fractions")
    func shares() {
        #expect(Share.read("5%")?.value == 0.05 && Share.read("0.05")?.value == 0.05)
        #expect(Share.read("101%") == nil && Share.read("1.5") == nil && Share.read("-1") == nil)
    }
}

/// A page of `config show`.
private protocol ShownCommand {
    static var shown: any ShownOptions.Type { get }
}

extension ConfigCommand.Settings: ShownCommand {
    fileprivate static var shown: any ShownOptions.Type { Options.self }
}

/// A group of options, whose type says what it may hold before anything is read.
private protocol AnyOptionGroup {
    static var options: any ParsableArguments.Type { get }
}

extension OptionGroup: AnyOptionGroup {
    fileprivate static var options: any ParsableArguments.Type { Value.self }
}

extension ParsableArguments {
    /// The groups of settings that come from flags, environment and file; of those within one another the outer ones.
    fileprivate static var settingGroups: [any SettingOptions.Type] {
        Mirror(reflecting: Self()).children.flatMap { child -> [any SettingOptions.Type] in
            guard let group = type(of: child.value) as? any AnyOptionGroup.Type else { return [] }
            if let settings = group.options as? any SettingOptions.Type { return [settings] }
            return group.options.settingGroups
        }
    }
}

extension ParsableCommand {
    /// The settings that a command and those below it read.
    fileprivate static var settingOptions: [any SettingOptions.Type] {
        settingGroups + configuration.subcommands.flatMap { $0.settingOptions }
    }
}
