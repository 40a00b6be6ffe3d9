extension Architecture {
    /// Whether it has an input of items: a model of it ranks them.
    public var readsItems: Bool { inputs.contains { $0.kind.isOfItems } }

    /// Number of values that a model over vectors reads at once; `nil` for a model that ranks items.
    ///
    /// - Throws: ``ArchitectureError`` where a size of the input is missing, too large or not one of its kind.
    public func inputCount() throws(ArchitectureError) -> Int? {
        let named = try ModelGraph.NamedInput.all(of: self)
        return readsItems || named.isEmpty ? nil : named.reduce(0) { $0 + $1.shape.count }
    }
}

extension Architecture.Input {
    /// Shape of its values; `nil` for items.
    ///
    /// - Throws: ``ArchitectureError`` where a size is missing, too large or not one of this kind.
    func shape() throws(ArchitectureError) -> ModelGraph.Shape? {
        let shape: ModelGraph.Shape
        switch kind {
        case .items, .item: return nil
        case .token:
            try checkTokens()
            shape = .vector(width: 1)
        case .vector: shape = .vector(width: try size(width, "width"))
        case .vectors: shape = .sequence(length: try size(length, "length"), width: try size(width, "width"))
        case .image:
            shape = .image(
                height: try size(height, "height"),
                width: try size(width, "width"),
                channels: try size(channels, "channels")
            )
        }
        let others: [(String, Int?, Bool)] = [
            ("length", length, kind == .vectors), ("height", height, kind == .image),
            ("channels", channels, kind == .image), ("width", width, kind != .token),
            ("tokens", tokens?.count, kind == .token),
        ]
        if let other = others.first(where: { $0.1 != nil && !$0.2 }) {
            throw ArchitectureError(name, "an input of kind '\(kind.rawValue)' has no '\(other.0)'; remove it")
        }
        guard shape.count <= ModelGraphBuilder.largestValue else {
            throw ArchitectureError(
                name,
                "is \(shape.description): \(shape.count) values, more than \(ModelGraphBuilder.largestValue)"
            )
        }
        return shape
    }

    private func checkTokens() throws(ArchitectureError) {
        guard let tokens, (1...ModelGraphBuilder.largestSize).contains(tokens.count) else {
            throw ArchitectureError(name, "an input of kind 'token' needs the key 'tokens', a list of one text or more")
        }
        if let twice = tokens.indices.first(where: { tokens[..<$0].contains(tokens[$0]) }) {
            throw ArchitectureError(name, "has the token '\(tokens[twice])' twice; remove one")
        }
    }

    private func size(_ value: Int?, _ key: String) throws(ArchitectureError) -> Int {
        guard let value else {
            throw ArchitectureError(name, "an input of kind '\(kind.rawValue)' needs the key '\(key)', a whole number")
        }
        guard (1...ModelGraphBuilder.largestSize).contains(value) else {
            throw ArchitectureError(name, "\(key) is \(value); it must be from 1 to \(ModelGraphBuilder.largestSize)")
        }
        return value
    }
}
