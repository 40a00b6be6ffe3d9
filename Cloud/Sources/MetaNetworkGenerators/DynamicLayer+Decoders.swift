import MetaNetwork

extension ModelGraph.DynamicLayer {
    /// The tensors that make the layer's weights of z: a code, and for each tensor what decodes it.
    ///
    /// - Parameters:
    ///   - width: Elements of z.
    ///   - rank: Elements of the code.
    ///   - candidates: Candidates of each decoder that are joined before it is used; `nil` where there is the decoder alone.
    ///   - isAlone: Whether nothing is added to what is generated, so that it starts as a dense layer's weights do.
    package func decoders(
        width: Int,
        rank: Int,
        candidates: Int? = nil,
        isAlone: Bool = false
    ) -> [ModelGraph.Parameter] {
        let isAlone = isAlone && inputs > 0
        let deviation = isAlone ? 1 / Float(inputs * rank).squareRoot() : 0.01
        let offset: ModelGraph.Start = isAlone ? .uniform(1 / Float(inputs).squareRoot()) : .constant(0)
        let bound = ModelGraph.Start.uniform(1 / Float(width).squareRoot())
        return [
            ModelGraph.Parameter(parameter(.codeWeight), shape: [width, rank], start: bound),
            ModelGraph.Parameter(parameter(.codeBias), shape: [rank], start: bound),
        ]
            + tensors.flatMap { name, shape in
                let size = shape.reduce(1, *)
                return [
                    ModelGraph.Parameter(
                        name.decoder,
                        shape: candidates.map { [rank, $0, size] } ?? [rank, size],
                        start: .normal(deviation)
                    ),
                    ModelGraph.Parameter(name.offset, shape: [size], start: offset),
                ]
            }
    }
}
