import MetaNetworkTraining

/// The report of a simulation: one HTML page that needs no other file.
struct SimulationPage: Sendable {
    let report: SimulationReport
    private let numbers = NumberText.typographic

    init(_ report: SimulationReport) { self.report = report }

    /// The page, with the source of Plotly (see ``ReportAssets/plotly()``) inside.
    func html(plotly: String) -> String {
        let title = "Simulated devices on \(MarkupEscaping.html(report.data))"
        let ages = figure("ages", "AUC gained by age") + ageTable.html
        let sections = [
            header(title),
            ReportShell.section("policies", "Quality by policy", note: policies, qualityTable.html),
            ReportShell.section(
                "requests",
                "What a refresh buys",
                note: Self.requests,
                figure("requests", "AUC gained against refreshes")
            ),
            ReportShell.section("ages", "Quality by age of the weights", note: Self.ages, ages),
            ReportShell.section("traffic", "Traffic", note: Self.traffic, trafficTable.html),
            ReportShell.configuration(
                report.configuration,
                command: report.command,
                note: "This command repeats the simulation."
            ),
        ]
        return ReportShell.html(
            title: title,
            main: sections.joined(separator: "\n"),
            data: SimulationCharts(report).json,
            script: SimulationCharts.script,
            plotly: plotly
        )
    }

    private var policies: String {
        """
        Every device ranks before each of its user's held-out interactions, 1 item beside 99 others, and refreshes as its policy \
        says. Below each number the difference from the base, \(MarkupEscaping.html(report.base)), with its 95 % interval (paired \
        bootstrap over users).
        """
    }
    private static let requests =
        "Each policy's gain over the base, against how often its devices asked; bars are 95 % intervals."
    private static let ages = """
        Rankings grouped by the samples that were recorded since the weights were generated; the gain is over the base on the same rankings.
        """
    private static let traffic = """
        Bytes are of bodies, a device, over the whole replay; the model's files are fetched once and counted apart. Latency is the \
        wall-clock time of answers with weights.
        """

    private func header(_ title: String) -> String {
        let facts = [
            ("Devices", report.devices), ("Rankings", report.rankings), ("Policies", report.policies.count),
        ].map { "<div><dt>\($0)</dt><dd>\(numbers.grouped($1))</dd></div>" }.joined()
        return """
            <header>
            <h1>\(title)</h1>
            <p class="finding">\(MarkupEscaping.html(finding))</p>
            <dl class="facts">\(facts)</dl>
            </header>
            <noscript><p class="note">The charts need JavaScript; the tables do not.</p></noscript>
            """
    }

    /// The best policy in words.
    var finding: String {
        let best = report.policies.max { ($0.gain["auc"]?.difference ?? -1) < ($1.gain["auc"]?.difference ?? -1) }
        guard let best, let gain = best.gain["auc"] else { return "No policy was compared." }
        let refreshes = Double(best.traffic.refreshes) / Double(max(report.devices, 1))
        let cost = "\(numbers.fixed(refreshes, decimals: 1)) refreshes a device"
        guard gain.lower > 0 else {
            return "No policy raises AUC beyond doubt; the best, \(best.name), changes it by "
                + "\(numbers.signed(gain.difference)) with \(cost)."
        }
        return "With the policy \(best.name), devices gain \(numbers.signed(gain.difference)) AUC for \(cost)."
    }

    private func figure(_ kind: String, _ label: String) -> String {
        """
        <figure><div class="chart \(kind)" data-chart="\(kind)" data-model="0" role="img" aria-label="\(label)"></div></figure>
        """
    }

    private func table(_ caption: String, _ columns: [String], _ cells: (SimulationReport.Policy) -> [String])
        -> ReportTable
    {
        ReportTable(
            caption: caption,
            columns: ["Policy"] + columns,
            rows: report.policies.enumerated().map { place, policy in
                ReportTable.Row(swatch: PolicyStyle(place).swatch, label: policy.name, cells: cells(policy))
            }
        )
    }

    private var qualityTable: ReportTable {
        let metrics = [("AUC", "auc"), ("NDCG@10", "ndcg@10"), ("HR@10", "hr@10")]
        return table("Quality by policy", ["Personal rankings"] + metrics.map(\.0)) { policy in
            ["\(numbers.fixed(100 * policy.personalShare, decimals: 0)) %"]
                + metrics.map { _, key in
                    let value = "<span class=\"value\">\(numbers.fixed(policy.personal[key]))</span>"
                    guard let gain = policy.gain[key] else { return value }
                    let verdict = gain.lower > 0 ? "better" : gain.upper < 0 ? "worse" : "unclear"
                    let interval = numbers.interval(.init(lower: gain.lower, upper: gain.upper))
                    return value + "<span class=\"change \(verdict)\"><b>\(numbers.signed(gain.difference))</b> "
                        + "<span class=\"interval\">\(interval)</span></span>"
                }
        }
    }

    private var ageTable: ReportTable {
        let rows = report.policies.enumerated().flatMap { place, policy in
            policy.byAge.map { age in
                let (own, base) = (age.personal["auc"] ?? .nan, age.base["auc"] ?? .nan)
                return ReportTable.Row(
                    swatch: PolicyStyle(place).swatch,
                    label: policy.name,
                    cells: [
                        age.samples ?? "no personal weights", numbers.grouped(age.rankings), numbers.fixed(own),
                        numbers.fixed(base), numbers.signed(own - base),
                    ]
                )
            }
        }
        return ReportTable(
            caption: "AUC by age of the weights",
            columns: ["Policy", "Age in samples", "Rankings", "AUC", "Base", "Gain"],
            rows: rows
        )
    }

    private var trafficTable: ReportTable {
        table("Traffic", ["Requests", "Refreshes", "Failures", "Bytes up", "Bytes down", "Model files", "p50 / p99"]) {
            policy in
            let traffic = policy.traffic
            let failures = traffic.failures.sorted { $0.key < $1.key }.map { "\($0.key) \(numbers.grouped($0.value))" }
            let latency = ["p50", "p99"].map { numbers.fixed(traffic.latency[$0], decimals: 1) }
            return [
                numbers.grouped(traffic.requests), numbers.grouped(traffic.refreshes),
                failures.isEmpty ? "0" : MarkupEscaping.html(failures.joined(separator: ", ")),
                numbers.grouped(Int(traffic.bytesUpPerDevice)), numbers.grouped(Int(traffic.bytesDownPerDevice)),
                numbers.grouped(Int(traffic.fileBytesPerDevice)), latency.joined(separator: " / ") + " ms",
            ]
        }
    }
}
