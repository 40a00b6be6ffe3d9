import MetaNetwork

extension Architecture {
    /// The same model with wider layers and tables.
    ///
    /// Widths that were equal stay equal, so that what was added or multiplied still is. The result's width stays, and so do widths
    /// below 4; the others are multiples of 4, which keeps heads whole.
    ///
    /// - Parameter factor: What widths are multiplied by, 1 or more.
    package func widened(by factor: Double) -> Architecture {
        func wider(_ width: Int) -> Int { width < 4 ? width : 4 * max(1, Int((Double(width) * factor / 4).rounded())) }
        var result = self
        for index in nodes.indices where nodes[index].name != output {
            switch nodes[index].operation {
            case .embedding(var embedding):
                embedding.width = wider(embedding.width)
                result.nodes[index].operation = .embedding(embedding)
            case .dense(var dense):
                dense.units = wider(dense.units)
                result.nodes[index].operation = .dense(dense)
            case .convolution(var convolution):
                convolution.filters = wider(convolution.filters)
                result.nodes[index].operation = .convolution(convolution)
            case .gru(var gru):
                gru.units = wider(gru.units)
                result.nodes[index].operation = .gru(gru)
            case .personal(var personal):
                personal.width = wider(personal.width)
                result.nodes[index].operation = .personal(personal)
            case .position, .order, .pooling, .flatten, .mean, .spread, .standardize, .layerNorm, .attention,
                .selfAttention, .last, .weightedSum, .dropout, .add, .multiply, .concatenate, .dot:
                break
            }
        }
        return result
    }
}
