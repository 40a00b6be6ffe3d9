import MetaNetworkTraining

/// The report of a simulation of devices of a model over vectors: one HTML page that needs no other file.
struct EpisodeSimulationPage: Sendable {
    let report: EpisodeSimulationReport
    private let numbers = NumberText.typographic

    init(_ report: EpisodeSimulationReport) { self.report = report }

    /// The page, with the source of Plotly (see ``ReportAssets/plotly()``) inside.
    func html(plotly: String) -> String {
        let title = "Simulated devices on \(MarkupEscaping.html(report.data))"
        let base = MarkupEscaping.html(report.base)
        var sections = [
            header(title),
            ReportShell.section(
                "results",
                "Results",
                note:
                    "Held-out devices with personal weights, over HTTP, beside \(base); 95 % intervals, paired bootstrap over devices.",
                results.html
            ),
        ]
        if !report.groups.isEmpty {
            let note = "Level 1 is the mildest, 5 the most severe."
            sections.append(ReportShell.section("groups", "By shift and severity", note: note, groups.html))
        }
        sections.append(ReportShell.section("traffic", "Traffic", note: "Bytes are of bodies, a device.", traffic.html))
        sections.append(
            ReportShell.configuration(
                report.configuration,
                command: report.command,
                note: "This command repeats the simulation."
            )
        )
        return ReportShell.html(
            title: title,
            main: sections.joined(separator: "\n"),
            data: "{\"models\":[]}",
            script: ReportScript.source,
            plotly: plotly
        )
    }

    private func header(_ title: String) -> String {
        let facts = [("Devices", report.devices), ("Inputs", report.inputs), ("Refreshes", report.traffic.refreshes)]
            .map { "<div><dt>\($0)</dt><dd>\(numbers.grouped($1))</dd></div>" }.joined()
        return """
            <header>
            <h1>\(title)</h1>
            <p class="finding">\(MarkupEscaping.html(finding))</p>
            <dl class="facts">\(facts)</dl>
            </header>
            """
    }

    private var finding: String {
        guard let metric = report.metrics.first, let gain = report.gain[metric.key] else {
            return "Nothing was compared."
        }
        let interval = numbers.interval(.init(lower: gain.lower, upper: gain.upper))
        return "Personal weights change the \(metric.label.lowercased()) of these devices by "
            + "\(numbers.signed(gain.difference)) \(interval), from \(numbers.fixed(report.baseMetrics[metric.key]))."
    }

    private func cells(_ base: Double?, _ personal: Double?, _ gain: SimulationReport.Gain?) -> [String] {
        let interval = gain.map { numbers.interval(.init(lower: $0.lower, upper: $0.upper)) } ?? ""
        return [
            numbers.fixed(base), numbers.fixed(personal),
            "\(numbers.signed(gain?.difference)) <small>\(interval)</small>",
        ]
    }

    private let columns = ["Base", "Personal", "Change"]

    private var results: ReportTable {
        ReportTable(
            caption: "Held-out devices",
            columns: ["Metric"] + columns,
            rows: report.metrics.map { metric in
                ReportTable.Row(
                    swatch: "",
                    label: metric.label,
                    cells: cells(
                        report.baseMetrics[metric.key],
                        report.personal[metric.key],
                        report.gain[metric.key]
                    )
                )
            }
        )
    }

    private var groups: ReportTable {
        ReportTable(
            caption: "By shift and severity",
            columns: ["Devices"] + columns,
            rows: report.groups.map {
                ReportTable.Row(
                    swatch: "",
                    label: "\($0.name) (\($0.devices))",
                    cells: cells($0.base, $0.personal, $0.gain)
                )
            }
        )
    }

    private var traffic: ReportTable {
        let traffic = report.traffic
        let failures = traffic.failures.sorted { $0.key < $1.key }.map { "\($0.key) \(numbers.grouped($0.value))" }
        let latency = ["p50", "p99"].map { numbers.fixed(traffic.latency[$0], decimals: 1) }
        return ReportTable(
            caption: "Traffic",
            columns: [
                "All devices", "Requests", "Refreshes", "Failures", "Bytes up", "Bytes down", "Model files",
                "p50 / p99",
            ],
            rows: [
                ReportTable.Row(
                    swatch: "",
                    label: "\(report.devices)",
                    cells: [
                        numbers.grouped(traffic.requests), numbers.grouped(traffic.refreshes),
                        failures.isEmpty ? "0" : MarkupEscaping.html(failures.joined(separator: ", ")),
                        numbers.grouped(Int(traffic.bytesUpPerDevice)),
                        numbers.grouped(Int(traffic.bytesDownPerDevice)),
                        numbers.grouped(Int(traffic.fileBytesPerDevice)), latency.joined(separator: " / ") + " ms",
                    ]
                )
            ]
        )
    }
}
