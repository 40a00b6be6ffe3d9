import MetaNetwork

extension PlanCompiler {
    mutating func convolution(
        _ node: ModelGraph.ResolvedNode,
        _ convolution: Architecture.Convolution,
        reading input: Int
    ) throws(DeviceModelError) -> Value {
        let x = try value(input)
        let frame = FramedImage(try sliding(node), channels: node.inputWidth)
        let framed = frame.isPlain ? x.operand : self.frame(x.operand, frame)
        let layer = convolution.isDynamic ? dynamicLayer(node) : try staticLayer(node)
        let geometry = Convolution.Geometry(frame, outputs: layer.matrix.rowLanes)
        return append(Self.domain(of: node.shape), layer.matrix.rowLanes) { out, _ in
            .convolve(
                x: framed,
                geometry,
                weight: layer.weight,
                bias: layer.bias,
                convolution.activation,
                out: out
            )
        }
    }

    mutating func pooling(
        _ node: ModelGraph.ResolvedNode,
        _ pooling: Architecture.Pooling,
        reading input: Int
    ) throws(DeviceModelError) -> Value {
        let (x, sliding) = try (value(input), sliding(node))
        return append(Self.domain(of: node.shape), x.lanes) {
            .pool(x: x.operand, pooling.kind, sliding, lanes: $1, out: $0)
        }
    }

    private func sliding(_ node: ModelGraph.ResolvedNode) throws(DeviceModelError) -> ModelGraph.Sliding {
        guard let sliding = node.sliding else { throw .broken("'\(node.name)' reads no image") }
        return sliding
    }

    /// The image with a border of zeros, which nobody writes to.
    private mutating func frame(_ x: Operand, _ frame: FramedImage) -> Operand {
        let out = reserve(frame.lanes, .user)
        userProgram.append(Instruction(rows: .one, step: .frame(x: x, frame, out: out)))
        return out
    }

    /// Rows without padding are one row as they are.
    mutating func flattened(_ node: ModelGraph.ResolvedNode, reading input: Int) throws(DeviceModelError) -> Value {
        let (x, lanes) = try (value(input), Lanes.count(for: node.width))
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
