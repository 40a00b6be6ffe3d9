import MetaNetwork

extension PlanCompiler {
    /// What reads an image by its positions.
    mutating func image(_ node: ModelGraph.ResolvedNode, _ input: Int) -> Value? {
        guard let x = values[input] else { return nil }
        let domain = Self.domain(of: node.shape)
        switch node.operation {
        case .convolution(_, _, _, _, let activation, let isDynamic):
            guard let sliding = node.sliding else { return nil }
            let frame = FramedImage(sliding, channels: node.inputWidth)
            let framed = frame.isPlain ? x.operand : self.frame(x.operand, frame)
            let layer = isDynamic ? dynamicLayer(node) : staticLayer(node)
            let geometry = Convolution.Geometry(frame, outputs: layer.matrix.rowLanes)
            return append(domain, layer.matrix.rowLanes) { out, _ in
                .convolve(x: framed, geometry, weight: layer.weight, bias: layer.bias, activation, out: out)
            }
        case .pooling(let kind, _, _):
            guard let sliding = node.sliding else { return nil }
            return append(domain, x.lanes) { .pool(x: x.operand, kind, sliding, lanes: $1, out: $0) }
        default:
            return flattened(node, x)
        }
    }

    /// The image with a border of zeros, which nobody writes to.
    private mutating func frame(_ x: Operand, _ frame: FramedImage) -> Operand {
        let out = reserve(frame.lanes, .user)
        userProgram.append(Instruction(rows: .one, step: .frame(x: x, frame, out: out)))
        return out
    }

    /// Rows without padding are one row as they lie.
    private mutating func flattened(_ node: ModelGraph.ResolvedNode, _ x: Value) -> Value {
        let lanes = Lanes.count(for: node.width)
        if node.inputWidth % Lanes.scalarCount == 0 {
            let view = Operand(owner: x.operand.owner, offset: x.operand.offset, stride: 0)
            return Value(domain: .user, lanes: lanes, operand: view)
        }
        let out = reserve(lanes, .user)
        let step = Step.pack(x: x.operand, width: node.inputWidth, out: out)
        userProgram.append(Instruction(rows: rows(of: x.domain), step: step))
        return Value(domain: .user, lanes: lanes, operand: out)
    }
}
