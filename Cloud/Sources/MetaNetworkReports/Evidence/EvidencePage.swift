import MetaNetworkExperiments
import MetaNetworkMarkup

/// The page in Markdown on all experiments of the project: nothing but what files and records say, without a date, so that the
/// same records give the same page.
public struct EvidencePage: Sendable {
    private let experiments: [MeasuredExperiment]

    /// A page on experiments, in order.
    package init(_ experiments: [MeasuredExperiment]) { self.experiments = experiments }

    /// The page.
    public var markdown: String {
        ([Self.introduction] + [overview] + experiments.map(section)).joined(separator: "\n\n") + "\n"
    }

    private static let introduction = """
        # Results

        `make evidence` writes this page from the files of [Experiments](../Experiments) and their records; `make evidence RUN=1` \
        measures first what has no record. What the files claim stands here with what was found, and a claim that fails is published as \
        failing. [experiments.md](experiments.md) says how claims are decided and where intervals come from: the brackets are the \
        middle 95 % over draws of both subjects and seeds; \u{00b1} is the standard deviation over the seeds.
        """

    private var overview: String {
        let rows = experiments.map { experiment in
            let claims = experiment.parts.flatMap(\.claims)
            return ["[\(experiment.title)](#\(Self.anchor(experiment.title)))"]
                + [true, false, nil].map { holds in "\(claims.count { $0.holds == holds })" }
        }
        return MarkdownTable(["experiment", "claims that hold", "fail", "are undecided"], rows).text
    }

    private func section(_ experiment: MeasuredExperiment) -> String {
        let time = experiment.minutes.map { ", about \(NumberText.plain.grouped($0)) minutes on two cores" } ?? ""
        let blocks: [String?] = [
            "## \(experiment.title)", experiment.text, "`bin/\(experiment.command)`\(time)",
        ]
        return (blocks.compactMap(\.self) + experiment.parts.flatMap { EvidencePart($0).blocks })
            .joined(separator: "\n\n")
    }

    /// The anchor that renderers of Markdown make of a heading: letters, digits and hyphens in lower case.
    private static func anchor(_ title: String) -> String {
        String(
            title.lowercased().compactMap { character -> Character? in
                if character == " " { return "-" }
                return character.isLetter || character.isNumber || character == "-" ? character : nil
            }
        )
    }
}

/// A table in Markdown.
struct MarkdownTable: Sendable {
    private let rows: [[String]]
    private let head: [String]

    /// A table with the names of its columns.
    init(_ head: [String], _ rows: [[String]]) { (self.head, self.rows) = (head, rows) }

    /// The lines.
    var text: String {
        let rule = head.map { _ in "---" }
        return ([head, rule] + rows).map { row in
            "| " + row.map { $0.replacing("|", with: "\\|").replacing("\n", with: " ") }.joined(separator: " | ") + " |"
        }.joined(separator: "\n")
    }
}
