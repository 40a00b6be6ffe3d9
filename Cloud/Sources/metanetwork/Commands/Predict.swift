import ArgumentParser
import Foundation
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkExperiments
import MetaNetworkMarkup
import MetaNetworkSettings

/// `metanetwork predict`: what devices would show, for all users of a file.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rank the catalogue for every user of a file and write the best items to another.",
        discussion: """
            Each user's interactions, in order of time, are the history, as with `metanetwork rank`: the generator makes the dynamic layers \
            from them, and the device runtime ranks all items that are not among them. Items that the bundle does not know are left out; a \
            user who has no other, and every user of a bundle without a generator, gets the ranking of the base model.

            The extension says the format: .csv and .tsv have a line a user and item, .jsonl an object a user; each with or without .gz. \
            .parquet has a row a user and item, and takes Python's pyarrow.

            A model that reads the moment of a choice (--event-context in training) reads what the user did last from the data; --at says when \
            rankings are shown, from which the gap since then, the hour and the weekday follow. Without it they count as missing, and so \
            does what the model reads of profiles. A file with interactions after --at is refused: rankings would know the future.

            Examples:
              metanetwork predict runs/movies --data ml-100k --out top10.csv
              metanetwork predict runs/movies --data clicks.csv --user-column visitor --item-column page --top 50 --out top.jsonl.gz
            """
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @Option(help: ArgumentHelp("The file to write: .csv, .tsv, .jsonl or .parquet.", valueName: "file"))
    var out: String

    @Option(help: "Items of each user.")
    var top: Int = 10

    @Option(help: ArgumentHelp("When the rankings are shown: seconds since 1970, or a date.", valueName: "time"))
    var at: String?

    @Flag(help: "Rank with the base model, without personal weights.")
    var base = false

    @OptionGroup var options: PredictOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard top > 0 else { throw ValidationError("--top is \(top); give 1 or more") }
        if let at, EventContext.time(at) == nil {
            throw ValidationError("--at is '\(at)'; \(EventContext.timeFix)")
        }
    }

    func run() throws {
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: bundle))
        let settings = try options.merged(bundle: DataSettings.trained(bundle.provenance))
        try settings.values(ThreadSettings.self).apply()
        var ranker = try BundleRanker(bundle)
        let file = try PredictionFile(URL(fileURLWithPath: out))
        let progress = output.progress
        let moments = try BundleMoments(bundle)
        let log = try log(settings.values(), moments.contexts, progress)
        let time = at.flatMap(EventContext.time)
        var summary = Summary(file: out)
        let known = (0..<log.items.count).map { ranker.item(log.items[$0]) }
        let histories = log.histories()
        for (number, user) in histories.enumerated() {
            let read = user.interactions.filter { known[Int(log.itemIndices[$0])] != nil }
            let items = read.compactMap { known[Int(log.itemIndices[$0])] }
            try ranker.useContext(moments.row(at: time, after: log.moment(read.last)))
            let values = try base || items.isEmpty ? nil : ranker.generator?.values(items: items.map(Int32.init))
            let best = try ranker.topItems(top, history: items, values: values)
            try file.write(user.user, best.map { (ranker.rawID($0.index), $0.score) })
            summary.add(personal: values != nil, unknown: user.interactions.count - items.count)
            progress.update(label: "ranking", done: number + 1, total: histories.count, detail: "")
        }
        try file.finish()
        progress.finish()
        if output.json { return try output.printJSON(summary) }
        if !output.quiet { print(summary.text.printable) }
    }

    /// Reads the interactions, with what the model reads of them.
    private func log(
        _ settings: DataSettings,
        _ contexts: [EventContext],
        _ progress: ProgressReporter
    ) throws -> InteractionLog {
        var settings = settings
        settings.eventContext = contexts
        let timed = contexts.filter { !$0.isOfEvents }.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        guard at == nil || !timed.isEmpty else {
            throw ConfigurationError("the model of \(bundle) reads nothing of the time of a choice; leave out --at")
        }
        // The column that the bundle remembers may be missing; one that is named for these data may not.
        let log = try settings.log(progress, mayLackEvents: options.columns.eventColumn == nil)
        if contexts.contains(where: \.isOfEvents), !log.hasEvents {
            progress.message(
                "nothing says what users did: '\(EventContext.previous.rawValue)' counts as missing; name its column (--event-column)"
            )
        }
        if at == nil, !timed.isEmpty {
            progress.message("nobody says when rankings are shown: \(timed) count as missing; give --at TIME")
        }
        guard at == nil || !log.times.isEmpty || !contexts.contains(.gap) else {
            throw ConfigurationError(
                "the interactions have no times, so nobody knows how long before --at they were; name a column of times (--time-column), or leave out --at"
            )
        }
        try check(log)
        return log
    }

    /// A ranking that is shown before the end of its history would know what came after it.
    private func check(_ log: InteractionLog) throws(ConfigurationError) {
        guard let at, let time = EventContext.time(at),
            let later = log.times.indices.first(where: { log.times[$0] > time })
        else { return }
        let (user, item) = (log.users[Int(log.userIndices[later])], log.items[Int(log.itemIndices[later])])
        throw ConfigurationError(
            "--at is '\(at)', and '\(user)' chose '\(item)' after it, at \(log.times[later].formatted(digits: 0)) seconds since 1970; give a later "
                + "--at, or a file of what was chosen before it"
        )
    }

    /// What was written, as `--json` prints it.
    struct Summary: Encodable {
        let file: String
        var users = 0
        /// Users who got the ranking of personal weights.
        var personalUsers = 0
        /// Interactions with items that the bundle does not know.
        var unknownInteractions = 0

        mutating func add(personal: Bool, unknown: Int) {
            users += 1
            personalUsers += personal ? 1 : 0
            unknownInteractions += unknown
        }

        var text: String {
            let unknown =
                unknownInteractions > 0
                ? "; \(unknownInteractions) interactions with items that the bundle does not know" : ""
            return "\(file): \(users) users, \(personalUsers) of them with personal weights\(unknown)"
        }
    }
}

extension InteractionLog {
    /// Time and event of an interaction, where they are known.
    fileprivate func moment(_ index: Int?) -> (time: Double?, event: String?) {
        guard let index else { return (nil, nil) }
        return (times.isEmpty ? nil : times[index], events.isEmpty ? nil : eventNames[Int(events[index])])
    }

    /// Whether some interaction says what its user did.
    fileprivate var hasEvents: Bool { (0..<eventNames.count).contains { !eventNames[$0].isEmpty } }
}

/// Everything that sets `predict`; what the bundle says of its data goes before the environment.
struct PredictOptions: SettingOptions {
    @Option(DataSettings.Settings.data) var data: Given?
    @Option(DataSettings.Settings.eventsModel) var eventsModel: Given?
    @OptionGroup var columns: ColumnOptions
    @OptionGroup var file: FileOptions
    @OptionGroup var threads: ThreadOptions

    static let declarations =
        [DataSettings.Settings.data.declaration, DataSettings.Settings.eventsModel.declaration]
        + DataSettings.columns.map(\.declaration) + ThreadSettings.declarations
}

/// The best items of users, in a file.
struct PredictionFile {
    private let file: RecordFile

    /// - Throws: `DataError` for an extension of another format; `FileError`.
    init(_ url: URL) throws {
        file = try RecordFile(url)
        guard file.format != .inter else {
            throw DataError("\(url.path): rankings are no interactions; write .csv, .tsv, .jsonl or .parquet")
        }
    }

    /// Appends the items of a user, the best first.
    func write(_ user: String, _ items: [(id: String, score: Float)]) throws {
        func values(_ item: (id: String, score: Float)) -> RecordFile.Record {
            // The shortest text that is the same single-precision number.
            [("item_id", .text(item.id)), ("score", .number(Double("\(item.score)") ?? Double(item.score)))]
        }
        guard file.format != .jsonl else {
            return try file.write([("user_id", .text(user)), ("items", .records(items.map(values)))])
        }
        for (place, item) in items.enumerated() {
            try file.write([("user_id", .text(user)), ("rank", .whole(place + 1))] + values(item))
        }
    }

    func finish() throws { try file.finish() }
}
