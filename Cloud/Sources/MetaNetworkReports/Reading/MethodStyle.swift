import MetaNetworkExperiments
import MetaNetworkMarkup

/// How a method is drawn, by its role and its place: the same everywhere in a report.
struct MethodStyle: Sendable, Equatable {
    /// Index of the colour in ``Palette/series``.
    let slot: Int
    /// Dash pattern of the line, so that colour is not the only difference; empty for a solid line.
    let dash: String
    /// Plotly's name of the marker.
    let symbol: String

    /// The style of a method.
    ///
    /// - Parameters:
    ///   - role: What the method is there for.
    ///   - place: Its place among the methods of one model that are neither base nor control; counts only for those.
    init(role: Method.Role, place: Int) {
        switch role {
        case .base:
            (slot, dash, symbol) = (0, "7 4", "circle-open")
        case .control:
            (slot, dash, symbol) = (1, "2 3", "square-open")
        case .baseline, .method:
            let (lap, column) = place.quotientAndRemainder(dividingBy: Self.compared.count)
            slot = Self.compared[column]
            // Neighbours differ in their dashes, and so do methods of the same colour.
            dash = Self.dashes[(column % 2 + lap) % Self.dashes.count]
            symbol = Self.symbols[place % Self.symbols.count]
        }
    }

    /// The dash pattern in Plotly's words.
    var plotlyDash: String {
        dash.isEmpty ? "solid" : dash.split(separator: " ").map { "\($0)px" }.joined(separator: ",")
    }

    /// Slots of the methods that are compared with the base.
    private static let compared = [2, 3, 4, 5]
    private static let dashes = ["", "12 3 3 3", "9 3", "4 2"]
    private static let symbols = [
        "triangle-up", "diamond", "circle", "x", "square", "star", "triangle-down", "cross",
    ]
}
