import Foundation
import MetaNetwork
import MetaNetworkData

/// What people should know of a model before they use it, in Markdown: the contents of a bundle's `MODEL_CARD.md`.
///
/// It says nothing that manifest and provenance do not, so that it is the same wherever the same training ran; of where the data
/// lay it has the last name alone.
package struct ModelCard {
    private let manifest: BundleManifest
    private let provenance: BundleProvenance
    private let graph: ModelGraph

    /// Outputs that are named; more are counted.
    private static let namesShown = 20

    /// A card of a bundle.
    ///
    /// - Parameters:
    ///   - manifest: The manifest, with its version.
    ///   - provenance: What trained the model, and what it was measured to do.
    ///   - graph: The device model.
    package init(_ manifest: BundleManifest, _ provenance: BundleProvenance, of graph: ModelGraph) {
        self.manifest = manifest
        self.provenance = provenance
        self.graph = graph
    }

    /// The card.
    package var text: String {
        [
            "# \(manifest.name)",
            "A model for devices. Version `\(manifest.version)`. This card is written with the bundle.",
            "## What it is\n\n" + table(facts),
            "## What it learned from\n\n" + learned,
            "## What it was measured to do\n\n" + measured,
            "## What it is for\n\n" + purpose,
            "## Limits\n\n" + limits.map { "- \($0)" }.joined(separator: "\n"),
        ].joined(separator: "\n\n") + "\n"
    }

    private var facts: [(String, String)] {
        let (own, all) = (count(graph.parameters.filter(\.isDynamic)), count(graph.parameters))
        var facts = [
            ("architecture", manifest.architecture.name), ("reads", reads),
        ]
        facts += contexts
        facts += [
            ("gives", gives), ("weights that each device has of its own", "\(own) of \(all)"),
        ]
        if let generator = manifest.generator {
            facts.append(
                ("they are generated", "form `\(generator.form)`, of up to \(generator.window) recent samples")
            )
            facts.append(("they help", generator.helps.map(Self.age) ?? "nobody measured up to which age"))
        } else if manifest.files[BundleLayout.basis] != nil {
            facts.append(("they are learned", "on the device, as a code of a few values"))
        } else {
            facts.append(("they are generated", "never: the base model is all there is"))
        }
        if let license = provenance.training[ModelBundle.license] { facts.append(("licence", license)) }
        return facts
    }

    /// What a ranker reads beside history and candidate.
    private var contexts: [(String, String)] {
        guard graph.ranksItems else { return [] }
        let moment = EventContext.named(in: provenance.training["event-context"])
        return graph.inputs.map { input in
            let tokens = input.tokens.map { tokens in
                let more = tokens.count - Self.namesShown
                return "one of: \(tokens.prefix(Self.namesShown).joined(separator: ", "))"
                    + (more > 0 ? " and \(more) more" : "")
            }
            let what = moment.first { $0.rawValue == input.name }?.definition
            let known = [what, tokens].compactMap(\.self)
            return ("and `\(input.name)`", known.isEmpty ? input.shape.description : known.joined(separator: ", "))
        }
    }

    private func count(_ parameters: [ModelGraph.Parameter]) -> Int {
        parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }

    private var reads: String {
        guard graph.ranksItems else { return "\(graph.inputCount) values, as they were in training" }
        return "the last \(graph.window) items of a history"
    }

    private var gives: String {
        guard let outputs = manifest.outputs else { return "an order of \(manifest.items) items" }
        let names = outputs.names.prefix(Self.namesShown).joined(separator: ", ")
        let more = outputs.names.count - Self.namesShown
        return "\(outputs.kind.rawValue): \(names)" + (more > 0 ? " and \(more) more" : "")
    }

    private static func age(_ helps: BundleManifest.Generator.Helps) -> String {
        guard helps != .never else {
            return "at no age: even new ones were worse than the base, and devices ask for none"
        }
        let time = helps.seconds.map { " or \($0) seconds" } ?? ""
        return "up to an age of \(helps.samples) samples\(time), then the base model goes on"
    }

    private var learned: String {
        if let file = provenance.training[ModelBundle.importedFrom] {
            return "It was trained elsewhere, and imported from `\(file)`: what it learned from is not known here."
        }
        guard let data = provenance.training["data"], !data.isEmpty else {
            return "The settings that trained it are not known."
        }
        let name =
            data.hasPrefix("events:")
            ? "What devices shared with a service" : "`\(URL(fileURLWithPath: data).lastPathComponent)`"
        let digest = provenance.training[ModelBundle.dataDigest].map { ", with the digest `\($0.prefix(16))`" } ?? ""
        let terms = DataCatalog.all.first { $0.name == data }.map { " Its terms: \($0.license)." } ?? ""
        return "\(name)\(digest).\(terms) All settings, the seed among them, are in `provenance.json`."
    }

    private var measured: String {
        let rows = provenance.metrics.filter { $0.key != "training" }.sorted { $0.key < $1.key }.flatMap {
            set,
            values in
            values.sorted { $0.key < $1.key }.map { ("\(set), \($0.key)", String(format: "%.4f", $0.value)) }
        }
        guard !rows.isEmpty else { return "Nothing was measured." }
        return table(rows) + "\n\nOn parts of the same data that training never saw."
    }

    private var purpose: String {
        let what =
            if let outputs = manifest.outputs {
                outputs.kind == .classification
                    ? "To tell the classes above apart, from inputs like those that it was trained with"
                    : "To estimate the values above, from inputs like those that it was trained with"
            } else {
                "To rank the items of its catalogue for somebody whose last choices are known"
            }
        return "\(what), on the device. It was tried for nothing else."
    }

    private var limits: [String] {
        var limits = [
            "What it does for other people, places and times than those of its data was not measured, nor whether it serves some "
                + "people worse than others.",
            manifest.outputs == nil
                ? "It knows the \(manifest.items) items of its vocabulary and no others."
                : "An input of another kind is given one of its answers all the same; probabilities are not calibrated.",
        ]
        if manifest.generator != nil {
            limits.append("Generated weights follow from the samples of a device: they are as personal as those.")
        }
        if provenance.metrics["privacy"] == nil {
            limits.append(
                "It was not trained with differential privacy: its weights can tell of single people in its data."
            )
        }
        return limits
    }

    private func table(_ rows: [(String, String)]) -> String {
        (["| | |", "| --- | --- |"] + rows.map { "| \(Self.cell($0)) | \(Self.cell($1)) |" }).joined(separator: "\n")
    }

    /// A text in a cell: on one line, and no bar ends it.
    private static func cell(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("|", with: "\\|")
    }
}
