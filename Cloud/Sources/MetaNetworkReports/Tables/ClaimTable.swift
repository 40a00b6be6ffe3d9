import MetaNetworkExperiments
import MetaNetworkMarkup

/// What was claimed, what was found, and whether it holds.
struct ClaimTable: Sendable {
    /// The claims; not empty.
    let claims: [ClaimResult]

    /// The table.
    var html: String {
        ReportTable(
            caption: "Claims",
            columns: ["Claim", "Found", "Holds"],
            rows: claims.map(row),
            content: .prose
        ).html
    }

    private func row(_ claim: ClaimResult) -> ReportTable.Row {
        let (value, interval, bound) = claim.found(.typographic)
        let details = [interval, bound].filter { !$0.isEmpty }.map {
            "<span class=\"interval\">\(MarkupEscaping.html($0))</span>"
        }
        return ReportTable.Row(
            html: """
                <div class="claim"><span><b>\(MarkupEscaping.html(claim.id))</b> \(MarkupEscaping.html(claim.text))</span>\
                <code>\(MarkupEscaping.html(claim.expression))</code></div>
                """,
            cells: [
                "<span class=\"value\">\(value)</span>\(details.joined())",
                """
                <span class="answer \(claim.answer)">\(mark(claim)) \(claim.answer)</span>\
                <span class="reason">\(MarkupEscaping.html(claim.reason))</span>
                """,
            ]
        )
    }

    /// A mark beside the colour, for those who do not see the colour.
    private func mark(_ claim: ClaimResult) -> String {
        let mark =
            switch claim.holds {
            case true?: "\u{2714}\u{fe0e}"
            case false?: "\u{2718}\u{fe0e}"
            case nil: "?"
            }
        return "<i aria-hidden=\"true\">\(mark)</i>"
    }
}
