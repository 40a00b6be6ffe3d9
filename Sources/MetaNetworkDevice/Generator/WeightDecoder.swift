import MetaNetwork

/// The codes and decoders of all dynamic layers as one matrix, `W = z·(P·U) + (p·U + C)`: everything behind z is linear, so this is one
/// product, however many layers are dynamic (arXiv 2209.05227, section 3.2).
final class WeightDecoder: Sendable {
    /// Elements of z.
    let width: Int
    /// Number of values that are made of one z.
    let valueCount: Int
    private let memory: Arena

    /// Lanes of a row of values.
    var rowLanes: Int { Lanes.count(for: valueCount) }

    /// Multiplies codes and decoders.
    ///
    /// - Parameters:
    ///   - tensors: What is generated, in order.
    ///   - width: Elements of z.
    ///   - weights: Of each tensor's layer the code's weight [h, r] and bias [r], of the tensor its decoder [r, n] and offset [n].
    ///   - memoryLimit: Maximum number of bytes.
    init(
        _ tensors: [ModelGraph.Parameter],
        width: Int,
        _ weights: Weights,
        memoryLimit: Int
    ) throws(DeviceModelError) {
        self.width = width
        valueCount = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
        let lanes = (width + 1) * Lanes.count(for: valueCount)
        let bytes = lanes * MemoryLayout<Lanes>.size
        guard bytes <= memoryLimit else { throw .tooLarge(bytes: bytes, limit: memoryLimit) }
        memory = Arena(count: lanes)
        var column = 0
        for tensor in tensors {
            let size = tensor.shape.reduce(1, *)
            let code = ParameterName(tensor.id.layer, .codeWeight), bias = ParameterName(tensor.id.layer, .codeBias)
            guard let rank = weights[code]?.shape.last else { throw .missingTensor(code.text) }
            func values(_ name: ParameterName, _ shape: [Int]) throws(DeviceModelError) -> [Float] {
                guard let tensor = weights[name] else { throw .missingTensor(name.text) }
                guard tensor.shape == shape else {
                    throw .wrongShape(name.text, expected: shape, found: tensor.shape)
                }
                guard tensor.values.allSatisfy(\.isFinite) else { throw .notFinite(name.text) }
                return tensor.values
            }
            let decoder = try values(tensor.id.decoder, [rank, size])
            let offset = try values(tensor.id.offset, [size])
            let rows = try values(code, [width, rank])
            for row in 0..<width {
                write(Self.row(rows[(row * rank)...].prefix(rank), decoder, size), row, column)
            }
            write(Self.row(try values(bias, [rank])[...], decoder, size, from: offset), width, column)
            column += size
        }
    }

    /// A row of the code's weights, or its bias, times the decoder.
    private static func row(
        _ code: ArraySlice<Float>,
        _ decoder: [Float],
        _ size: Int,
        from start: [Float]? = nil
    ) -> [Float] {
        var sums = start.map { $0.map { Double($0) } } ?? [Double](repeating: 0, count: size)
        decoder.withUnsafeBufferPointer { decoder in
            for (place, factor) in code.enumerated() {
                for column in 0..<size { sums[column] += Double(factor) * Double(decoder[place * size + column]) }
            }
        }
        return sums.map { Float($0) }
    }

    private func write(_ values: [Float], _ row: Int, _ column: Int) {
        let target = (memory.base + row * rowLanes).elements + column
        for (place, value) in values.enumerated() { target[place] = value }
    }

    /// Makes values of some rows of z.
    ///
    /// - Parameters:
    ///   - z: The first row; rows are whole lanes.
    ///   - rows: Number of rows.
    ///   - out: Room for as many rows of ``rowLanes``.
    func apply(_ z: UnsafePointer<Lanes>, rows: Int, out: UnsafeMutablePointer<Lanes>) {
        let layer = DenseLayer(
            weight: memory.base,
            bias: memory.base + width * rowLanes,
            biasStride: 0,
            inputs: width,
            outputs: rowLanes,
            activation: .identity
        )
        layer.apply(z, stride: Lanes.count(for: width), rows: rows, out: out, outStride: rowLanes)
    }
}
