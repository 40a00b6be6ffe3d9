import MetaNetwork

/// What a model that ranks items reads beside history and candidate.
extension DeviceModel {
    /// Has every ranking from now on read this of its user, and of the moment: what changes is given before each ranking. What swaps dynamic layers leaves it alone.
    ///
    /// ```swift
    /// try model.useContext(model.row(of: ["age": [31], "occupation": "artist"]))
    /// let best = model.topItems(10, history: history)
    /// ```
    ///
    /// - Parameter row: The row of `ModelGraph.inputs`, see `ModelGraph.NamedInput`: all values of an input that
    ///   is missing are NaN. `nil` for nothing known, as at the start.
    /// - Throws: ``DeviceModelError`` where it has another number of values, an input is in part or not finite, or the model is one over
    ///   vectors; what was read before stays.
    /// - Complexity: A copy of the row at each ranking, and no memory.
    public mutating func useContext(_ row: [Float]?) throws(DeviceModelError) {
        try requireRanking()
        guard let row else {
            context = [Float](repeating: .nan, count: graph.inputCount)
            return
        }
        guard row.count == graph.inputCount else { throw .wrongInput(expected: graph.inputCount, found: row.count) }
        for input in graph.inputs where !row[input.range].allSatisfy(\.isNaN) {
            if let place = row[input.range].firstIndex(where: { !$0.isFinite }) { throw .inputNotFinite(place) }
        }
        context = row
    }

    /// Copies the context to where the program reads it.
    func placeContext() {
        for placed in plan.context { copy(context, to: placed) }
    }
}
