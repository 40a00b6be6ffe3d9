/// A claim as it stands in the file.
struct ClaimEntry {
    let claim: Claim
    /// The part that it is about; `nil` where there is one part alone.
    let part: String?
    let place: YAMLValue
    let partPlace: YAMLValue
    private let sides: (left: YAMLValue, right: YAMLValue)

    /// Where a side stands.
    func place(of side: ClaimError.Side?) -> YAMLValue {
        switch side {
        case .left: sides.left
        case .right: sides.right
        case nil: place
        }
    }

    init(_ value: YAMLValue) throws {
        let entry = try value.mapping("a claim", keys: ["id", "part", "text", "left", "relation", "right"])
        let relation = try entry.text("relation")
        guard let known = Claim.Relation(rawValue: relation) else {
            let all = Claim.Relation.allCases.map(\.rawValue).joined(separator: "  ")
            throw try entry.required("relation").error("a claim's relation is one of  \(all)  and not '\(relation)'")
        }
        claim = Claim(
            id: try entry.text("id"),
            text: try entry.text("text"),
            left: try entry.text("left"),
            relation: known,
            right: try entry.text("right")
        )
        part = try entry.optionalText("part")
        place = value
        partPlace = entry["part"] ?? value
        sides = (try entry.required("left"), try entry.required("right"))
    }
}
