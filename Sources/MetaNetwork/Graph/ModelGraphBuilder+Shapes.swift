extension ModelGraphBuilder {
    /// Checks what a node reads and works out what it gives.
    func shape(
        of node: Architecture.Node,
        _ sources: [ModelGraph.Source],
        _ inputs: [Operand]
    ) throws(ArchitectureError) -> ModelGraph.Shape {
        if case .embedding(let embedding) = node.operation {
            return try shape(of: embedding, reading: sources[0], node)
        }
        if case .personal(let personal) = node.operation {
            try check(personal.width, "width", of: node)
            return .vector(width: personal.width)
        }
        let first = inputs[0]
        let result: ModelGraph.Shape
        switch node.operation {
        case .embedding, .personal: result = first.shape
        case .layerNorm(let norm):
            guard norm.epsilon >= 1e-30, norm.epsilon <= 1 else {
                throw ArchitectureError(node.name, "epsilon is \(norm.epsilon); it must be from 1e-30 to 1")
            }
            result = first.shape
        case .dropout(let dropout):
            guard dropout.rate >= 0, dropout.rate < 1 else {
                throw ArchitectureError(node.name, "rate is \(dropout.rate); it must be from 0 to less than 1")
            }
            result = first.shape
        case .standardize:
            guard case .input = sources[0] else { throw expected("an input of the model", first, in: node) }
            result = first.shape
        case .dense(let dense):
            try check(dense.units, "units", of: node)
            result = first.shape.rows(ofWidth: dense.units)
        case .convolution, .pooling: result = try sliding(node, first)
        case .flatten: result = try flattened(node, first)
        case .mean, .spread:
            if case .vector = first.shape { throw expected("a sequence or an image", first, in: node) }
            result = .vector(width: first.shape.width)
        case .attention(let attention): result = try shape(of: attention, node, inputs)
        case .selfAttention(let attention):
            try requireSequence(first, in: node)
            try check(heads: attention.heads, divide: first.shape.width, "the sequence's", in: node)
            result = first.shape
        case .gru(let gru):
            try requireSequence(first, in: node)
            try check(gru.units, "units", of: node)
            result = first.shape.rows(ofWidth: gru.units)
        case .position, .order:
            try requireSequence(first, in: node)
            result = first.shape
        case .last, .weightedSum:
            try requireSequence(first, in: node)
            result = .vector(width: first.shape.width)
        case .add, .multiply:
            try requireSameRows(first, inputs[1], in: node)
            result = first.shape
        case .concatenate:
            for input in inputs { try requireVector(input, "vectors", in: node) }
            let width = inputs.reduce(0) { $0 + $1.shape.width }
            try check(width, "the joined width", of: node)
            result = .vector(width: width)
        case .dot:
            for input in inputs { try requireVector(input, "vectors", in: node) }
            try requireSame(first, inputs[1], in: node)
            result = .vector(width: 1)
        }
        try checkCount(result, of: node)
        return result
    }

    private func shape(
        of embedding: Architecture.Embedding,
        reading source: ModelGraph.Source,
        _ node: Architecture.Node
    ) throws(ArchitectureError) -> ModelGraph.Shape {
        let (table, width) = (embedding.table, embedding.width)
        guard isIndex(source) else {
            throw ArchitectureError(
                node.name,
                "'embedding' reads numbers of items or tokens, so its input must be an input of the model of kind 'items', 'item' or "
                    + "'token'"
            )
        }
        try check(width, "width", of: node)
        let rows = tableRows(source)
        if let other = tables[table].map({ parameters[$0].shape }), other != [rows, width] {
            throw ArchitectureError(
                node.name,
                "reads the table '\(table)' with width \(width)"
                    + (other[0] == rows
                        ? ", but another node reads it with width \(other[1])"
                        : " for \(rows - 1) tokens, but another node has \(other[0] - 1) in it; give it a table of its own")
            )
        }
        return source == .history ? .sequence(length: window, width: width) : .vector(width: width)
    }

    /// The result of a convolution or a pooling.
    private func sliding(_ node: Architecture.Node, _ input: Operand) throws(ArchitectureError) -> ModelGraph.Shape {
        guard case .image(let height, let width, let channels) = input.shape else {
            throw expected("an image", input, in: node)
        }
        let (size, stride, padding, filters): (Int, Int, Architecture.Padding, Int)
        switch node.operation {
        case .convolution(let layer):
            (size, stride, padding, filters) = (layer.kernel, layer.stride, layer.padding, layer.filters)
            try check(filters, "filters", of: node)
            try check(size, "kernel", of: node)
        case .pooling(let pooling):
            (size, stride, padding, filters) = (pooling.size, pooling.stride, .valid, channels)
            try check(size, "size", of: node)
        default: return input.shape
        }
        try check(stride, "stride", of: node)
        guard padding == .same || size <= min(height, width) else {
            throw ArchitectureError(
                node.name,
                "its windows of \(size) × \(size) pixels do not fit into '\(input.name)', \(input.shape); make them "
                    + "smaller" + (node.operation.name == "convolution" ? ", or pad with \"same\"" : "")
            )
        }
        let (values, overflow) = (size * size).multipliedReportingOverflow(by: channels)
        guard !overflow, values <= Self.largestSize else {
            throw ArchitectureError(
                node.name,
                "a window has \(size) × \(size) pixels of \(channels) channels, more than \(Self.largestSize) values"
            )
        }
        let windows = ModelGraph.Sliding(size: size, stride: stride, padding: padding, height: height, width: width)
        return .image(height: windows.output.height, width: windows.output.width, channels: filters)
    }

    private func flattened(_ node: Architecture.Node, _ first: Operand) throws(ArchitectureError) -> ModelGraph.Shape {
        if case .vector = first.shape { throw expected("an image or a window of vectors", first, in: node) }
        guard !ranksItems, !isEncoder else {
            throw ArchitectureError(
                node.name,
                "'flatten' expects a fixed number of rows; '\(first.name)' has as many as the history has samples: use "
                    + "'last', 'mean' or 'attention'"
            )
        }
        guard first.shape.count <= Self.largestSize else {
            throw ArchitectureError(
                node.name,
                "'\(first.name)' is \(first.shape), \(first.shape.count) values; the widest vector has \(Self.largestSize)"
            )
        }
        return .vector(width: first.shape.count)
    }

    private func shape(
        of attention: Architecture.Attention,
        _ node: Architecture.Node,
        _ inputs: [Operand]
    ) throws(ArchitectureError) -> ModelGraph.Shape {
        let query = inputs[0]
        try requireVector(query, "one vector as the query", in: node)
        guard case .sequence = inputs[1].shape else { throw expected("a sequence as the memory", inputs[1], in: node) }
        try check(heads: attention.heads, divide: query.shape.width, "the query's", in: node)
        return query.shape
    }

    private func check(
        heads: Int,
        divide width: Int,
        _ whose: String,
        in node: Architecture.Node
    ) throws(ArchitectureError) {
        guard heads > 0, width % heads == 0 else {
            throw ArchitectureError(
                node.name,
                "\(heads) heads do not divide \(whose) width of \(width); choose a divisor of it"
            )
        }
    }
}

extension ModelGraphBuilder {
    private func check(_ size: Int, _ key: String, of node: Architecture.Node) throws(ArchitectureError) {
        guard (1...Self.largestSize).contains(size) else {
            throw ArchitectureError(node.name, "\(key) is \(size); it must be from 1 to \(Self.largestSize)")
        }
    }

    /// Images are bounded as a whole; a history is, as before, by its length and its width.
    private func checkCount(_ shape: ModelGraph.Shape, of node: Architecture.Node) throws(ArchitectureError) {
        guard !ranksItems, !isEncoder, shape.count > Self.largestValue else { return }
        throw ArchitectureError(
            node.name,
            "its value is \(shape), \(shape.count) elements; a value may have \(Self.largestValue)"
        )
    }

    private func expected(_ what: String, _ input: Operand, in node: Architecture.Node) -> ArchitectureError {
        ArchitectureError(node.name, "'\(node.operation.name)' expects \(what); '\(input.name)' is \(input.shape)")
    }

    private func requireSequence(_ input: Operand, in node: Architecture.Node) throws(ArchitectureError) {
        guard case .sequence = input.shape else { throw expected("a sequence", input, in: node) }
    }

    private func requireVector(
        _ input: Operand,
        _ what: String,
        in node: Architecture.Node
    ) throws(ArchitectureError) {
        guard case .vector = input.shape else { throw expected(what, input, in: node) }
    }

    /// Two values of one shape, or a vector behind a sequence or an image, which goes with each of its rows or pixels.
    private func requireSameRows(
        _ left: Operand,
        _ right: Operand,
        in node: Architecture.Node
    ) throws(ArchitectureError) {
        guard left.shape != right.shape else { return }
        guard right.shape == .vector(width: left.shape.width) else {
            throw ArchitectureError(
                node.name,
                "'\(node.operation.name)' expects two values of one shape, or a value and behind it a vector as wide as its rows; "
                    + "'\(left.name)' is \(left.shape), '\(right.name)' is \(right.shape)"
            )
        }
        guard !right.readsCandidate else {
            throw ArchitectureError(
                node.name,
                "'\(right.name)' depends on the candidate, so it cannot go with each row of '\(left.name)', \(left.shape); make one "
                    + "vector of that first, for example with 'attention' or 'last'"
            )
        }
    }

    private func requireSame(
        _ left: Operand,
        _ right: Operand,
        in node: Architecture.Node
    ) throws(ArchitectureError) {
        guard left.shape == right.shape else {
            throw ArchitectureError(
                node.name,
                "'\(node.operation.name)' expects two values of one shape; '\(left.name)' is \(left.shape), "
                    + "'\(right.name)' is \(right.shape)"
            )
        }
    }
}
