import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkPNG

/// What a run of `federate` that generated images came to, as a result and in a few lines.
struct SplitSummary {
    let run: SplitResult
    let settings: FederateSettings
    let data: SplitImages
    let record: [String: String]

    /// Images that a page shows.
    private static let shown = 100

    /// In the form that reports and scripts read.
    ///
    /// - Throws: `DataError` where images cannot be drawn.
    func result() throws -> ExperimentResult {
        let name = settings.plan.method.rawValue
        var result = ExperimentResult(
            experiment: "federate",
            data: DataSummary(
                name: settings.data ?? "",
                sha256: data.examples.digest,
                facts: data.facts.map(DataSummary.Fact.init)
            ),
            split: data.split,
            seeds: 1,
            sets: [.generated, .training],
            methods: [
                MeasuredMethod(
                    Method(name: name, label: name, role: .method),
                    model: settings.splitting.kind.rawValue,
                    metrics: run.metrics.mapValues { $0.mapValues { Statistic([$0]) } },
                    cost: run.cost
                )
            ],
            curves: RecordedRounds.curves(name, [RecordedRounds(run.points)]),
            settings: record,
            command: "metanetwork federate"
        )
        result.placements = run.clients.map(PlacedParts.init)
        result.sheets = [
            try sheet("Generated", run.images.prefix(Self.shown).map(\.pixels)),
            try sheet("Real, of no client", Array(run.heldOut.prefix(Self.shown))),
        ]
        return result
    }

    private func sheet(_ label: String, _ images: [[Float]]) throws -> ImageSheet {
        let sheet = try ContactSheet(images, height: data.height, width: data.width)
        return ImageSheet(
            label: label,
            png: sheet.png.base64EncodedString(),
            width: sheet.width,
            height: sheet.height
        )
    }

    /// For the terminal.
    var text: String {
        let (last, first) = (run.last, run.points[0])
        let (quality, floor) = (last.quality, run.floor)
        let number = { (value: Double) in value.formatted(digits: 2) }
        let megabytes = { (bytes: Int) in number(Double(bytes) / 1e6) }
        let parts = zip(SplitResult.partNames, run.partParameters).map { "\($0) \($1)" }.joined(separator: ", ")
        var lines = [
            "\(settings.plan.method.rawValue), \(last.version) rounds of \(last.steps) steps, \(data.split)",
            "  Fréchet distance \(number(quality.frechet)); of held-out images \(number(floor.frechet)), before the first step "
                + "\(number(first.quality.frechet))",
            "  told apart       \(number(quality.neighbours)) by the nearest neighbour; of held-out images \(number(floor.neighbours))",
            "  classes covered  \(quality.covered) of \(data.examples.classes.count)",
            "  losses           \(number(last.loss)) of discriminators, \(number(last.generatorLoss)) of the generator",
            "  parameters       parts \(parts); generator \(run.generatorParameters)",
        ]
        for client in run.clients { lines.append("  client \(line(client))") }
        lines += [
            "  a step           \(run.stepSeconds.formatted(digits: 4)) s; with the best placement \(run.optimalSeconds.formatted(digits: 4)) s",
            "  simulated time   \(last.seconds.formatted(digits: 1)) s: computing \(number(run.spent.computing)), between devices "
                + "\(number(run.spent.between)), images \(number(run.spent.messages)), averaging \(number(run.spent.averaging))",
            "  sent by clients  \(megabytes(last.bytesUp)) MB, to them \(megabytes(last.bytesDown)) MB, between devices "
                + "\(megabytes(last.bytesBetween)) MB",
        ]
        if let difference = run.twinDifference {
            lines.append("  without splits   gradients differ by \(difference) of the largest at most")
        }
        return lines.joined(separator: "\n")
    }

    private func line(_ client: SplitResult.PlacedClient) -> String {
        let parts = zip(SplitResult.partNames, client.devices).map { name, device in
            "\(name) on device \(device + 1) (factor \(client.factors[device].formatted(digits: 1)))"
        }
        return
            "\(client.number)\(client.number < 10 ? " " : "")        \(parts.joined(separator: ", ")); \(client.images) images"
    }
}
