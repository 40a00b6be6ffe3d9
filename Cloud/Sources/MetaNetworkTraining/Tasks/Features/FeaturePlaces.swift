import MetaNetwork

/// Which feature each value of a row is of: there is one for each element of the last axis of each input; a token is none.
struct FeaturePlaces {
    /// By place in the row the number of the feature, or nothing.
    let features: [Int?]
    /// Number of features.
    let count: Int

    /// - Parameter inputs: The inputs of a row, or some of them: what is of no input is no feature.
    init(_ inputs: [ModelGraph.NamedInput]) {
        var features = [Int?](repeating: nil, count: inputs.map(\.range.upperBound).max() ?? 0)
        var count = 0
        for input in inputs where input.tokens == nil {
            let (rows, width) = (input.shape.rows, input.shape.width)
            let isImage = if case .image = input.shape { true } else { false }
            for place in 0..<rows * width {
                features[input.offset + place] = count + (isImage ? place / rows : place % width)
            }
            count += width
        }
        (self.features, self.count) = (features, count)
    }

    /// A row with each value of a feature changed.
    func map(_ row: [Float], _ body: (_ value: Float, _ feature: Int) -> Float) -> [Float] {
        zip(row, features).map { value, feature in feature.map { body(value, $0) } ?? value }
    }
}
