import ArgumentParser
import Foundation
import MetaNetworkBundles
import MetaNetworkMarkup
import MetaNetworkModels
import MetaNetworkData
import MetaNetworkDevice

/// `metanetwork rank`: what a device would show, from a shell.
struct Rank: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rank the catalogue for one history, as a device does, with the base model and the personal one.",
        discussion: """
            The generator makes the dynamic layers from the history, and the device runtime ranks all items that are not in \
            it. Ids that the bundle does not know are named and left out.

            Examples:
              metanetwork rank runs/movies --history 50,181,172 --top 5
              metanetwork rank runs/movies --history 50,181,172 --items data/ml-100k/ml-100k.item --json
            """
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @Option(help: ArgumentHelp("Raw ids of recent items, oldest first, with commas between them.", valueName: "ids"))
    var history: String = ""

    @Option(help: "Length of each list.")
    var top: Int = 10

    @Option(help: ArgumentHelp("File with the items' titles: .item, .tsv or .csv with a header.", valueName: "file"))
    var items: String?

    @OptionGroup var output: OutputOptions

    /// Both lists, as `--json` prints them.
    struct Lists: Encodable {
        let history: [Entry]
        let unknown: [String]
        let base: [Entry]
        /// Missing where the bundle has no generator, or the history is empty.
        let personal: [Entry]?
    }

    struct Entry: Encodable {
        let item: String
        let title: String?
        var score: Float?
    }

    func validate() throws {
        guard top > 0 else { throw ValidationError("--top is \(top); give 1 or more") }
    }

    func run() throws {
        var ranker = try BundleRanker(ModelBundle(contentsOf: URL(fileURLWithPath: bundle)))
        let titles = try items.map { try ItemTitles.read(URL(fileURLWithPath: $0)) } ?? [:]
        let raw = history.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let known = raw.compactMap { ranker.item($0) }
        let base = try ranker.topItems(top, history: known)
        var personal: [RankedIndex]?
        if let generator = ranker.generator, !known.isEmpty {
            let values = try generator.values(items: known.map(Int32.init))
            personal = try ranker.topItems(top, history: known, values: values)
        }
        func entry(_ item: RankedIndex) -> Entry {
            let rawID = ranker.rawID(item.index)
            return Entry(item: rawID, title: titles[rawID], score: item.score)
        }
        let lists = Lists(
            history: raw.filter { ranker.item($0) != nil }.map { Entry(item: $0, title: titles[$0]) },
            unknown: raw.filter { ranker.item($0) == nil },
            base: base.map(entry),
            personal: personal?.map(entry)
        )
        if output.json { try output.printJSON(lists) } else { Self.print(lists) }
    }

    private static func print(_ lists: Lists) {
        if !lists.unknown.isEmpty {
            let names = lists.unknown.joined(separator: ", ")
            let text = "metanetwork: not in the bundle and left out: \(names.printable)\n"
            FileHandle.standardError.write(Data(text.utf8))
        }
        func text(_ entry: Entry) -> String {
            (entry.title.map { "\($0) (\(entry.item))" } ?? entry.item).printable
        }
        Swift.print("history: \(lists.history.isEmpty ? "empty" : lists.history.map(text).joined(separator: ", "))")
        let width = max(4, lists.base.map { text($0).count }.max() ?? 0) + 2
        func padded(_ text: String) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
        Swift.print("    \(padded("base"))\(lists.personal == nil ? "" : "personal")")
        for (place, entry) in lists.base.enumerated() {
            let personal = lists.personal.flatMap { place < $0.count ? text($0[place]) : nil } ?? ""
            let number = String(place + 1)
            let line =
                "\(String(repeating: " ", count: max(0, 2 - number.count)))\(number)  \(padded(text(entry)))\(personal)"
            Swift.print(line.trimmingSuffix(" "))
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
