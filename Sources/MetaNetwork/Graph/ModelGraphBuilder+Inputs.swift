/// What a model reads: one kind of model or the other.
extension ModelGraphBuilder {
    /// The length of the windows that a model over vectors reads.
    static func vectorsWindow(
        _ inputs: [ModelGraph.NamedInput],
        itemCount: Int
    ) throws(ArchitectureError) -> Int {
        guard itemCount == 0 else {
            throw ArchitectureError("", "reads vectors and has no catalogue, but is given \(itemCount) items; give 0")
        }
        let windows = inputs.filter { if case .sequence = $0.shape { true } else { false } }
        if let other = windows.first(where: { $0.shape.rows != windows[0].shape.rows }) {
            throw ArchitectureError(
                other.name,
                "is a window of \(other.shape.rows) vectors, '\(windows[0].name)' one of \(windows[0].shape.rows); windows of one "
                    + "model have one length, as their vectors belong to the same moments: sample them alike"
            )
        }
        return windows.first?.shape.rows ?? 1
    }

    /// Whether a source is a number that an embedding reads.
    func isIndex(_ source: ModelGraph.Source) -> Bool {
        switch source {
        case .history, .candidate: true
        case .input(let place): namedInputs[place].tokens != nil
        case .node: false
        }
    }

    /// Rows of a table that such a source is looked up in: one for each item or token, and that of 0.
    func tableRows(_ source: ModelGraph.Source) -> Int {
        guard case .input(let place) = source, let tokens = namedInputs[place].tokens else { return itemCount + 1 }
        return tokens.count + 1
    }

    /// The device window of a model that ranks items.
    static func rankingWindow(_ architecture: Architecture, itemCount: Int) throws(ArchitectureError) -> Int {
        try checkCatalogue(itemCount)
        let histories = architecture.inputs.filter { $0.kind == .items }
        let candidates = architecture.inputs.filter { $0.kind == .item }
        guard histories.count == 1, candidates.count == 1 else {
            throw ArchitectureError(
                "",
                "needs one input of kind 'items' (the history) and one of kind 'item' (the candidate), "
                    + "has \(histories.count) and \(candidates.count); a model over vectors has inputs of kind 'vector', "
                    + "'vectors', 'image' or 'token'"
            )
        }
        if let other = architecture.inputs.first(where: { $0.kind == .vectors || $0.kind == .image }) {
            throw ArchitectureError(
                other.name,
                "is of kind '\(other.kind.rawValue)'; beside the history and the candidate a model that ranks items reads inputs of kind "
                    + "'vector' and 'token': make one vector of it"
            )
        }
        return try window(of: histories[0], "the device window, from 1 to \(largestSize) interactions")
    }

    static func checkCatalogue(_ itemCount: Int) throws(ArchitectureError) {
        guard itemCount > 0, itemCount < Int(Int32.max) else {
            throw ArchitectureError("", "the catalogue has \(itemCount) items; it needs 1 to 2,147,483,646")
        }
    }

    /// The length of an input of items.
    static func window(of history: Architecture.Input, _ allowed: String) throws(ArchitectureError) -> Int {
        guard let window = history.length, (1...largestSize).contains(window) else {
            let found = history.length.map { "is \($0)" }
            throw ArchitectureError(history.name, "the history's length \(found ?? "is missing"); give \(allowed)")
        }
        return window
    }
}
