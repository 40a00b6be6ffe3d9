import MetaNetworkData
import MetaNetworkSettings

/// The word `rating`, or events with their weights, such as `view=0.2,buy=1`.
extension InteractionWeights: SettingValue {
    private static let ratings = "rating"

    package static func read(_ text: String) -> InteractionWeights? {
        guard text != ratings else { return .rating }
        var weights: [String: Double] = [:]
        for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
            // The last one, as events may be called anything.
            guard let equals = entry.lastIndex(of: "="), equals > entry.startIndex,
                let weight = Double(entry[entry.index(after: equals)...]), weight.isFinite, weight >= 0,
                weights.updateValue(weight, forKey: String(entry[..<equals])) == nil
            else { return nil }
        }
        return .events(weights)
    }

    package var settingText: String {
        switch self {
        case .rating: Self.ratings
        case .events(let weights):
            weights.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.settingText)" }.joined(separator: ",")
        }
    }

    package static var remedy: String { "give \(ratings), or weights from 0 by event, such as view=0.2,buy=1" }

    /// Encodes the text of the setting.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(settingText)
    }
}
