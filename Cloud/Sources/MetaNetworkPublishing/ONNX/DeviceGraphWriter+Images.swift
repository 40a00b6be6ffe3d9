import MetaNetwork

extension DeviceGraphWriter {
    /// Whether a node reads an image.
    func readsImage(_ node: ModelGraph.ResolvedNode) -> Bool {
        if case .image? = node.inputShape { true } else { false }
    }

    /// [B, channels, height, width] → [B, height, width, channels].
    mutating func channelsLast(_ image: String) -> String {
        builder.add("Transpose", [image], ["perm": .integers([0, 2, 3, 1])])
    }

    /// A convolution, or a dense layer at each pixel of an image, which is one with a kernel of 1 × 1.
    mutating func convolution(
        _ node: ModelGraph.ResolvedNode,
        _ activation: Architecture.Activation
    ) throws -> String {
        var (size, strides, pads) = (1, 1, [0, 0, 0, 0])
        if let sliding = node.sliding {
            (size, strides) = (sliding.size, sliding.stride)
            func behind(_ input: Int, _ output: Int, _ before: Int) -> Int {
                max(0, (output - 1) * strides + size - input - before)
            }
            pads = [
                sliding.top, sliding.left,
                behind(sliding.input.height, sliding.output.height, sliding.top),
                behind(sliding.input.width, sliding.output.width, sliding.left),
            ]
        }
        let operands = [
            input(node), try kernel(node, size), try builder.weight(node.parameter(.bias), of: weights),
        ]
        let result = builder.add(
            "Conv",
            operands,
            [
                "kernel_shape": .integers([size, size]), "strides": .integers([strides, strides]),
                "pads": .integers(pads),
            ]
        )
        return builder.activate(result, activation)
    }

    /// Ours is [size · size · channels, filters], that of ONNX [filters, channels, size, size].
    private mutating func kernel(_ node: ModelGraph.ResolvedNode, _ size: Int) throws -> String {
        let (channels, filters) = (node.inputWidth, node.width)
        guard !node.isDynamic else {
            let weight = try builder.weight(node.parameter(.weight), of: weights)
            let shape = builder.integers([size, size, channels, filters], "shape")
            let patches = builder.add("Reshape", [weight, shape])
            return builder.add("Transpose", [patches], ["perm": .integers([3, 2, 0, 1])])
        }
        let weight = try weights.tensor(node.parameter(.weight)).values
        var values: [Float] = []
        values.reserveCapacity(weight.count)
        for filter in 0..<filters {
            for channel in 0..<channels {
                for offset in 0..<size * size {
                    values.append(weight[(offset * channels + channel) * filters + filter])
                }
            }
        }
        return builder.constant("W", [filters, channels, size, size], values)
    }
}
