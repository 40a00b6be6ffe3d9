import Foundation
import MetaNetworkMarkup

/// The dashboard's tables: versions, batches, and totals since the start.
struct DashboardTables: Sendable {
    private let history: DashboardHistory
    private let numbers = NumberText.typographic

    init(_ history: DashboardHistory) { self.history = history }

    /// All of them.
    var markup: Markup {
        """
        \(versions)
        \(quality)
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
                    <td data-label="Share of devices">\(numbers.share(version.share))</td>
                    <td data-label="Answers">\(numbers.grouped(version.answers))</td>
                    <td data-label="Share of answers">\(numbers.share(part))</td></tr>
                    """
            }
        }
        guard !rows.isEmpty else { return "<section><h2>Versions</h2><p>No version is served yet.</p></section>" }
        return """
            <section><h2>Versions</h2><table class="wide"><thead><tr><th scope="col">Model</th><th scope="col">Version</th>
            <th scope="col">Role</th><th scope="col">Share of devices</th><th scope="col">Answers</th>
            <th scope="col">Share of answers</th></tr></thead><tbody>\(rows)</tbody></table></section>
            """
    }

    /// How shared choices had been ranked; nothing where none were shared.
    private var quality: Markup {
        let rows = history.last.quality.flatMap { model in
            model.groups.map { group -> Markup in
                """
                <tr><th scope="row">\(model.model)</th><td data-label="Version"><code>\(group.version)</code></td>
                <td data-label="Group">\(Self.name(group.role))</td>
                <td data-label="Devices">\(numbers.grouped(group.sums.devices))</td>
                <td data-label="Choices">\(numbers.grouped(group.sums.choices))</td>
                <td data-label="Hit rate@10">\(Self.text(group.sums.hitRate()))</td>
                <td data-label="NDCG@10">\(Self.text(group.sums.gain()))</td></tr>
                """
            }
        }
        guard !rows.isEmpty else { return "" }
        return """
            <section><h2>What devices chose</h2><table class="wide"><thead><tr><th scope="col">Model</th>
            <th scope="col">Version</th><th scope="col">Group</th><th scope="col">Devices</th><th scope="col">Choices</th>
            <th scope="col">Hit rate@10</th><th scope="col">NDCG@10</th></tr></thead><tbody>\(rows)</tbody></table>
            <p>Means over devices of shared choices, with 95 % intervals; beside a candidate, of choices since it began.</p></section>
            """
    }

    private static func name(_ role: ModelQuality.Role) -> String {
        role == .holdout ? "Hold-out" : role.rawValue.capitalized
    }

    private static func text(_ interval: MeanInterval) -> String {
        String(format: "%.3f (%.3f\u{2013}%.3f)", interval.mean, interval.lower, interval.upper)
    }

    private var sizes: Markup {
        let reading = history.whole.batchSizes
        var (names, lower) = ([String](), 0)
        for upper in reading.bounds.map({ Int($0) }) {
            names.append(upper == lower + 1 ? "\(upper)" : "\(lower + 1) to \(upper)")
            lower = upper
        }
        var rows = Array(zip(names + ["more than \(lower)"], reading.counts))
        // Sizes larger than any that was seen say nothing.
        while let last = rows.last, last.1 == 0 { rows.removeLast() }
        return bars("Devices per batch", rows)
    }

    private var reasons: Markup {
        let dispatches = history.whole.dispatches
        let names: [(BatchObservation.Reason, String)] = [
            (.idle, "the generator was idle"), (.gathered, "the previous batch was done"), (.full, "it was full"),
            (.delay, "it had waited long enough"),
        ]
        // A reason that has not occurred yet has no counter.
        let rows = names.map { ($0.1, dispatches[$0.0.rawValue, default: 0]) }
        return bars("Dispatched because", rows.contains { $0.1 > 0 } ? rows : [])
    }

    private func bars(_ title: String, _ rows: [(name: String, count: Int)]) -> Markup {
        let largest = rows.reduce(0) { max($0, $1.count) }
        let lines = rows.map { row -> Markup in
            """
            <tr><th scope="row">\(row.name)</th><td><svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" \
            aria-hidden="true"><rect width="\(largest > 0 ? 1000 * row.count / largest : 0)" height="10"/></svg></td>
            <td>\(numbers.grouped(row.count))</td></tr>
            """
        }
        let minutes = Int(history.window / 60)
        guard !rows.isEmpty else { return "<div><h3>\(title)</h3><p>None in the last \(minutes) minutes.</p></div>" }
        return "<div><h3>\(title)</h3><table class=\"bars\"><tbody>\(lines)</tbody></table></div>"
    }

    private var totals: Markup {
        let now = history.last
        let requests = now.requests.sorted { $0.key < $1.key }.map { status, count -> Markup in
            "<div><dt>\(Self.meaning(status))</dt><dd>\(numbers.grouped(count))</dd></div>"
        }
        return """
            <section><h2>Since the start</h2><dl class="facts">\(requests)
            <div><dt>Response bytes</dt><dd>\(numbers.bytes(Double(now.answerBytes)))</dd></div>
            <div><dt>Shared samples stored</dt><dd>\(numbers.grouped(now.storedEvents))</dd></div></dl></section>
            """
    }

    private static func meaning(_ status: Int) -> String {
        let meanings = [
            200: "OK", 206: "Partial content", 304: "Not modified", 400: "Bad request", 401: "No token",
            404: "Not found", 409: "Version gone", 413: "Too large", 416: "Bad range", 422: "No known sample",
            429: "Too many requests", 500: "Failed", 503: "Not ready",
        ]
        return "\(meanings[status, default: "Status"]) (\(status))"
    }
}
