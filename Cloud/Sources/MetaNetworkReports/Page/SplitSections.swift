import MetaNetworkExperiments
import MetaNetworkMarkup

/// What a page shows of one run that splits models: images that were generated, and who computes which part.
struct SplitSections: Sendable {
    private let result: ExperimentResult

    init(_ result: ExperimentResult) { self.result = result }

    /// The images; `nil` of other runs.
    var sheets: PageSection? {
        guard let sheets = result.sheets, !sheets.isEmpty else { return nil }
        let figures = sheets.map { sheet in
            let label = MarkupEscaping.html(sheet.label)
            let source = "data:image/png;base64,\(MarkupEscaping.html(sheet.png))"
            return """
                <h3 class="part">\(label)</h3>
                <figure><img class="sheet" alt="\(label)" width="\(sheet.width)" height="\(sheet.height)" src="\(source)"></figure>
                """
        }
        return PageSection(
            id: "images",
            title: "Images",
            note: SectionNotes.sheets,
            content: figures.joined(separator: "\n")
        )
    }

    /// A table of clients and their devices; `nil` of other runs.
    var placements: PageSection? {
        guard let clients = result.placements, !clients.isEmpty else { return nil }
        let numbers = NumberText.typographic
        let most = clients.map(\.devices.count).max() ?? 0
        let rows = clients.map { client in
            let devices = (0..<most).map { place -> String in
                guard place < client.devices.count else { return numbers.fixed(nil) }
                let device = client.devices[place]
                let parts = device.parts.isEmpty ? numbers.fixed(nil) : device.parts.joined(separator: ", ")
                return
                    "\(MarkupEscaping.html(parts)) <small>\u{00d7} \(numbers.fixed(device.factor, decimals: 1))</small>"
            }
            return ReportTable.Row(
                label: client.client,
                detail: "\(numbers.grouped(client.images)) images",
                cells: devices + [client.computing, client.between, client.messages].map { numbers.fixed($0) }
            )
        }
        let table = ReportTable(
            caption: "Parts by client and device",
            columns: ["Client"] + (0..<most).map { "Device \($0 + 1)" }
                + ["Computing, s", "Between devices, s", "Images and gradients, s"],
            rows: rows
        ).html
        return PageSection(id: "parts", title: "Who computes which part", note: SectionNotes.placements, content: table)
    }
}
