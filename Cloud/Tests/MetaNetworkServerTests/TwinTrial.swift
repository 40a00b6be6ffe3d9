@testable import MetaNetworkServer

/// Ten items; the personal ranking begins where the sum of the history says.
struct TwinTrial: DashboardTrial {
    private let all = (0..<10).map { TrialItem(item: "\($0)", title: "Item \($0) & more") }

    func items(matching text: String, limit: Int, in version: BundleID) -> [TrialItem] {
        all.filter { text.isEmpty || $0.title.lowercased().contains(text.lowercased()) }
    }

    func rank(history: [String], in version: BundleID) throws -> Trial {
        let places = try history.map { text in
            guard let place = Int(text), all.indices.contains(place) else {
                throw TrialError("'\(text)' is not in the vocabulary; choose another item")
            }
            return place
        }
        let start = places.reduce(history.count, +) % all.count
        return Trial(
            history: places.map { all[$0] },
            base: all,
            personal: Array(all[start...] + all[..<start]),
            uploadBytes: 60 + 4 * history.count,
            answerBytes: 2048
        )
    }
}
