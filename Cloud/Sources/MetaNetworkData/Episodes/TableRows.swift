import MetaNetwork

/// How the rows of a table become rows of a model: all columns of one row or of several, or each input's own.
struct TableRows {
    let inputs: [ModelGraph.NamedInput]
    private let window: Int
    /// The columns of each input.
    private let columns: [Range<Int>]

    /// - Parameters:
    ///   - table: The table.
    ///   - window: Rows of an example.
    ///   - inputs: The model's inputs; empty for one of all columns.
    /// - Throws: ``DataError`` where the table has other columns than several inputs need.
    init(_ table: FeatureTable, window: Int, _ inputs: [ModelGraph.NamedInput]) throws(DataError) {
        let found = table.featureNames.count
        self.window = window
        guard !inputs.isEmpty else {
            (self.inputs, columns) = ([.columns(found, rows: window)], [0..<found])
            return
        }
        self.inputs = inputs
        let features = inputs.filter { $0.tokens == nil }
        let needed = features.reduce(0) { $0 + $1.columnCount }
        guard needed == found else {
            let each = features.map { "\($0.columnCount) for '\($0.name)'" }
            throw DataError(
                "the model's inputs need \(needed) columns of features (\(each.joined(separator: ", "))), the table has \(found): "
                    + "\(table.featureNames.prefix(20).joined(separator: ", ")); name those to be read with --feature-columns, in that order"
            )
        }
        var (feature, token, columns) = (0, found, [Range<Int>]())
        for input in inputs {
            let isToken = input.tokens != nil
            let first = isToken ? token : feature
            columns.append(first..<first + input.columnCount)
            if isToken { token += 1 } else { feature += input.columnCount }
        }
        self.columns = columns
    }

    /// Values of a row.
    var count: Int { inputs.reduce(0) { $0 + $1.shape.count } }

    /// The row of an example, whose target is that of the table's row `end` of the device.
    ///
    /// - Throws: ``DataError`` where each input is missing.
    func row(of device: FeatureTable.Device, ending end: Int) throws(DataError) -> [Float] {
        var (result, isGiven) = ([Float](), false)
        for (input, columns) in zip(inputs, columns) {
            let first = if case .sequence = input.shape { end - window + 1 } else { end }
            let values = (first...end).flatMap { device.features[$0][columns] }
            let isMissing = values.contains(where: \.isNaN)
            result += isMissing ? [Float](repeating: .nan, count: values.count) : values
            isGiven = isGiven || !isMissing && input.tokens == nil
        }
        guard isGiven else {
            throw DataError(
                "row \(end + 1) of the device '\(device.name)' has an empty cell in each of the model's inputs; leave the row out"
            )
        }
        return result
    }
}
