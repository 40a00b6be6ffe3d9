/// The dashboard's tables: versions, batches, and totals since the start.
struct DashboardTables: Sendable {
    private let history: DashboardHistory

    init(_ history: DashboardHistory) { self.history = history }

    /// All of them.
    var markup: Markup {
        """
        \(versions)
        <section><h2>Batches</h2><div class="pair">\(sizes)\(reasons)</div></section>
        \(totals)
        """
    }

    private var versions: Markup {
        let rows = history.last.models.flatMap { model in
            let all = model.versions.reduce(0) { $0 + $1.answers }
            return model.versions.map { version -> Markup in
                let part = all == 0 ? nil : Double(version.answers) / Double(all)
                return """
                    <tr><th scope="row">\(model.name)</th><td data-label="Version"><code>\(version.version)</code></td>
                    <td data-label="Role">\(version.role.rawValue)</td>
                    <td data-label="Of devices">\(DashboardNumber.share(version.share))</td>
                    <td data-label="Answers">\(DashboardNumber.whole(version.answers))</td>
                    <td data-label="Of answers">\(DashboardNumber.share(part))</td></tr>
                    """
            }
        }
        guard !rows.isEmpty else { return "<section><h2>Versions</h2><p>No version is served yet.</p></section>" }
        return """
            <section><h2>Versions</h2><table class="wide"><thead><tr><th scope="col">Model</th><th scope="col">Version</th>
            <th scope="col">Role</th><th scope="col">Of devices</th><th scope="col">Answers</th>
            <th scope="col">Of answers</th></tr></thead><tbody>\(rows)</tbody></table></section>
            """
    }

    private var sizes: Markup {
        let reading = history.whole.batchSizes
        var (rows, lower) = ([(String, Int)](), 0)
        for (place, count) in reading.counts.enumerated() {
            let upper = place < reading.bounds.count ? Int(reading.bounds[place]) : nil
            let name = upper.map { $0 == lower + 1 ? "\($0)" : "\(lower + 1) to \($0)" } ?? "more than \(lower)"
            rows.append((name, count))
            lower = upper ?? lower
        }
        // Sizes larger than any that was seen say nothing.
        let seen = (rows.lastIndex { $0.1 > 0 } ?? -1) + 1
        return bars("Devices of a batch", Array(rows.prefix(seen)))
    }

    private var reasons: Markup {
        let dispatches = history.whole.dispatches
        let names: [(RequestBatcher.Reason, String)] = [
            (.idle, "nothing else to do"), (.gathered, "the batch before was done"), (.full, "it was full"),
            (.delay, "it had waited long enough"),
        ]
        let rows = names.map { ($0.1, dispatches[$0.0.rawValue] ?? 0) }
        return bars("Dispatched because", rows.contains { $0.1 > 0 } ? rows : [])
    }

    private func bars(_ title: String, _ rows: [(name: String, count: Int)]) -> Markup {
        let most = Double(rows.map(\.count).max() ?? 0)
        let lines = rows.map { row -> Markup in
            """
            <tr><th scope="row">\(row.name)</th><td><svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" \
            aria-hidden="true"><rect width="\(most > 0 ? Int(1000 * Double(row.count) / most) : 0)" height="10"/></svg></td>
            <td>\(DashboardNumber.whole(row.count))</td></tr>
            """
        }
        let minutes = Int(history.window / 60)
        guard !rows.isEmpty else { return "<div><h3>\(title)</h3><p>None in the last \(minutes) minutes.</p></div>" }
        return "<div><h3>\(title)</h3><table class=\"bars\"><tbody>\(lines)</tbody></table></div>"
    }

    private var totals: Markup {
        let now = history.last
        let requests = now.requests.sorted { $0.key < $1.key }.map { status, count -> Markup in
            "<div><dt>\(Self.meaning(status))</dt><dd>\(DashboardNumber.whole(count))</dd></div>"
        }
        return """
            <section><h2>Since the start</h2><dl class="facts">\(requests)
            <div><dt>Bytes of answers</dt><dd>\(DashboardNumber.bytes(Double(now.answerBytes)))</dd></div>
            <div><dt>Shared samples stored</dt><dd>\(DashboardNumber.whole(now.storedEvents))</dd></div></dl></section>
            """
    }

    private static func meaning(_ status: Int) -> String {
        let meanings = [
            200: "Answered", 206: "Answered in part", 304: "Not changed", 400: "Bad request", 401: "No token",
            404: "Not found", 409: "Version gone", 413: "Too large", 416: "Bad range", 422: "No known sample",
            429: "Too many", 500: "Failed", 503: "Not ready",
        ]
        return (meanings[status] ?? "Status") + " (\(status))"
    }
}
