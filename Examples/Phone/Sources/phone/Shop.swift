import Foundation
import MetaNetworkClient

/// The screen: the best items in order, how each moved since the last look, and what the user types.
struct Shop {
    let model: PersonalModel
    let titles: [String: String]
    private static let shown = 10

    /// Shows and asks until the input ends.
    func open() async {
        print("Type the number of a row or a raw id to choose an item; refresh, forget or quit.")
        var order: [String] = []
        while true {
            order = await show(before: order)
            print("> ", terminator: "")
            guard let line = readLine() else { return }
            let word = line.trimmingCharacters(in: .whitespaces)
            switch word {
            case "": continue
            case "quit": return
            case "refresh": await refresh()
            case "forget": await forget()
            default: await model.record(row(word, order) ?? word)
            }
        }
    }

    /// Prints the best items that were not chosen yet.
    ///
    /// - Parameter before: The raw ids in their order at the last look.
    /// - Returns: The raw ids in their order now.
    private func show(before: [String]) async -> [String] {
        let chosen = Set(await model.history)
        let ranked = await model.topItems(.max, excluding: chosen)
        let left = before.filter { !chosen.contains($0) }
        let places = Dictionary(left.enumerated().map { ($1, $0) }) { first, _ in first }
        for (place, item) in ranked.prefix(Self.shown).enumerated() {
            let move = places[item.id].map { $0 == place ? "" : $0 > place ? "▲\($0 - place)" : "▼\(place - $0)" } ?? ""
            print("\(place + 1)".leading(3), move.leading(6), titles[item.id] ?? item.id)
        }
        return ranked.map(\.id)
    }

    private func row(_ word: String, _ order: [String]) -> String? {
        guard let number = Int(word), order.prefix(Self.shown).indices.contains(number - 1) else { return nil }
        return order[number - 1]
    }

    private func refresh() async {
        do { try await model.refresh() } catch { print("not refreshed: \(error)") }
    }

    private func forget() async {
        do { try await model.forget() } catch { print("not all forgotten: \(error)") }
    }
}

extension String {
    /// The text with spaces before it, to a width.
    fileprivate func leading(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
