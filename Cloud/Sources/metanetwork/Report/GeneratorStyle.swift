/// How one generator is named and drawn: the same everywhere in the report.
struct GeneratorStyle: Sendable {
    /// The name in ``Comparison/Run/generator``.
    let generator: String

    /// Names in the order of the rows; a name that is not here comes after them.
    static let order = ["none", "wide", "plain", "residual", "stabilized"]

    /// Colours of the slots on a light and on a dark ground.
    ///
    /// The hues follow the Okabe-Ito set, which stays apart with the common colour-vision deficiencies; the light ones
    /// are darkened until a line has a contrast of 3 to 1 on white. The last slot is for generators without a place
    /// in ``order``.
    static let colours: [(light: String, dark: String)] = [
        ("#6b7280", "#a3abb8"),
        ("#b87900", "#e8a92e"),
        ("#00896a", "#35c79f"),
        ("#0068b0", "#5cb5f2"),
        ("#b8317f", "#f08bc3"),
        ("#7a5c3e", "#c9a988"),
    ]

    /// Index of the colour.
    var slot: Int { Self.order.firstIndex(of: generator) ?? Self.order.count }

    /// Name of the row in the tables.
    var label: String {
        switch generator {
        case "none": "base"
        case "wide": "base at the generator's window (control)"
        default: generator
        }
    }

    /// Name where there is little room.
    var shortLabel: String {
        switch generator {
        case "none": "base"
        case "wide": "wide (control)"
        default: generator
        }
    }

    /// Whether a generator makes parameters, which the base and the control do not have.
    var isGenerator: Bool { generator != "none" && generator != "wide" }

    /// Dash pattern of the line, so that colour is not the only difference; empty for a solid line.
    var dash: String {
        switch generator {
        case "none": "7 4"
        case "wide": "2 3"
        case "residual": "12 3 3 3"
        default: ""
        }
    }

    /// Plotly's name of the marker.
    var symbol: String {
        let symbols = ["circle-open", "square-open", "triangle-up", "diamond", "circle", "x"]
        return symbols[slot]
    }
}
