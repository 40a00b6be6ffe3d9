import Foundation

/// What the page of a simulation draws.
struct SimulationCharts: Encodable, Sendable {
    /// The script finds a chart's data by the place in this list.
    let models: [Data]

    struct Data: Encodable, Sendable {
        let policies: [Line]
        let ages: [String]
    }

    /// One policy.
    struct Line: Encodable, Sendable {
        let look: Look
        /// Answers with weights, a device.
        let refreshes: Double
        let gain: Double
        let lower: Double
        let upper: Double
        /// By age, the AUC less the base's on the same rankings; `nil` where there was none.
        let byAge: [Double?]
    }

    struct Look: Encodable, Sendable {
        let name: String
        let slot: Int
        let dash: String
    }

    init(_ report: SimulationReport) {
        let known = Set(report.policies.flatMap { $0.byAge.compactMap(\.samples) })
        let ages = ["0", "1\u{2013}4", "5\u{2013}9", "10\u{2013}19", "20 or more"].filter(known.contains)
        let lines = report.policies.enumerated().compactMap { place, policy -> Line? in
            guard let gain = policy.gain["auc"] else { return nil }
            let style = PolicyStyle(place)
            return Line(
                look: Look(name: policy.name, slot: style.slot, dash: style.plotlyDash),
                refreshes: Double(policy.traffic.refreshes) / Double(max(report.devices, 1)),
                gain: gain.difference,
                lower: gain.lower,
                upper: gain.upper,
                byAge: ages.map { age in
                    policy.byAge.first { $0.samples == age }.flatMap { age in
                        age.personal["auc"].flatMap { own in age.base["auc"].map { own - $0 } }
                    }
                }
            )
        }
        models = [Data(policies: lines, ages: ages)]
    }

    /// The data as JSON that may stand in a `script` element.
    var json: String {
        guard let data = try? JSONEncoder().encode(self) else { return "{\"models\":[]}" }
        return MarkupEscaping.json(String(decoding: data, as: UTF8.self))
    }

    /// The script that draws them.
    static let script = ReportScript.source(["requests": requests, "ages": ages])

    private static let requests = #"""
        const requests = (model) => ({
          traces: model.policies.map((one, at) => ({
            x: [one.refreshes], y: [one.gain], mode: "markers+text", name: plain(one.look.name), meta: one.look.name,
            text: [plain(one.look.name)], textposition: ["top right", "bottom right", "bottom left"][at % 3], textfont: { color: colour("ink"), size: 12 },
            marker: { size: 11, color: colour("g" + one.look.slot) }, cliponaxis: false,
            error_y: { type: "data", symmetric: false, array: [one.upper - one.gain], arrayminus: [one.gain - one.lower],
              color: colour("g" + one.look.slot), thickness: 1.5, width: 4 },
            hovertemplate: "%{y:+.4f} with %{x:.1f} refreshes a device<extra>" + plain(one.look.name) + "</extra>",
          })),
          layout: layout({
            margin: { l: 8, r: 90, t: 12, b: 8 },
            xaxis: axis("Refreshes of a device", { rangemode: "tozero" }),
            yaxis: axis("AUC gained", { tickformat: "+.3~f", rangemode: "tozero", nticks: 6 }),
          }),
        });
        """#

    private static let ages = #"""
        const ages = (model) => ({
          traces: model.policies.map((one) => ({
            x: model.ages, y: one.byAge, mode: "lines+markers", line: line(one.look), name: plain(one.look.name),
            marker: { size: 9, color: colour("g" + one.look.slot) }, meta: one.look.name,
            hovertemplate: "%{y:+.4f}", connectgaps: true,
          })),
          layout: layout({
            hovermode: "x unified",
            xaxis: axis("Samples since the weights were generated", { type: "category", showgrid: false }),
            yaxis: axis("AUC gained", { tickformat: "+.3~f", rangemode: "tozero", nticks: 6 }),
          }),
        });
        """#
}

/// How the policies are told apart, by their order.
struct PolicyStyle: Sendable {
    let slot: Int
    let dash: String

    init(_ place: Int) {
        slot = 1 + place % (GeneratorStyle.colours.count - 1)
        dash = ["", "7 4", "2 3", "12 3 3 3"][place % 4]
    }

    var swatch: String { GeneratorStyle.swatch(slot: slot, dash: dash) }

    var plotlyDash: String {
        dash.isEmpty ? "solid" : dash.split(separator: " ").map { "\($0)px" }.joined(separator: ",")
    }
}
