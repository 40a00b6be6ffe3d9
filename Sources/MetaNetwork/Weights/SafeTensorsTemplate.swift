/// Writes many safetensors of the same tensors: what does not change from file to file is written once.
public struct SafeTensorsTemplate: Sendable {
    private let tensors: [(name: String, shape: [Int])]
    /// The header behind `__metadata__` in single precision, and in half; that of eight bits depends on the values.
    private let entries: (single: [UInt8], half: [UInt8])
    /// Number of values of all tensors.
    public let valueCount: Int

    /// Prepares the header.
    ///
    /// - Parameter tensors: Names and shapes in the order in which the values will come.
    public init(_ tensors: [(name: String, shape: [Int])]) {
        self.tensors = tensors
        valueCount = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
        entries = (Self.entries(tensors, .float32), Self.entries(tensors, .float16))
    }

    private static func entries(_ tensors: [(name: String, shape: [Int])], _ type: SafeTensors.ElementType) -> [UInt8] {
        var (members, offset) = ([JSON.Member](), 0)
        for (name, shape) in tensors {
            let end = offset + shape.reduce(1, *) * type.byteCount
            members.append(SafeTensors.member(name, type, shape, offset..<end))
            offset = end
        }
        // Without the opening brace: `__metadata__` goes before it.
        return Array(JSON.object(members).bytes.dropFirst())
    }

    /// Writes one file.
    ///
    /// - Parameters:
    ///   - values: ``valueCount`` values, tensor by tensor.
    ///   - metadata: Strings for the reader.
    ///   - type: How to store the values.
    /// - Returns: The file's bytes.
    /// - Throws: ``SafeTensorsError/notRepresentable(tensor:index:value:type:)`` for a value that is not finite or would become
    ///   infinite, ``SafeTensorsError/wrongValueCount(needed:found:)`` for more or fewer values.
    public func encode(
        _ values: ArraySlice<Float>,
        metadata: [String: String],
        as type: SafeTensors.ElementType
    ) throws(SafeTensorsError) -> [UInt8] {
        try check(values, type)
        guard type != .int8 else { return try encodeWhole(values, metadata, type) }
        let entries = type == .float32 ? entries.single : entries.half
        var header = Array("{\"\(SafeTensors.metadataKey)\":".utf8)
        header += SafeTensors.object(of: metadata).bytes
        if !tensors.isEmpty { header.append(UInt8(ascii: ",")) }
        header += entries
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        let (headerEnd, width) = (SafeTensors.lengthBytes + header.count, type.byteCount)
        return [UInt8](unsafeUninitializedCapacity: headerEnd + values.count * width) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            bytes.storeBytes(of: UInt64(header.count).littleEndian, as: UInt64.self)
            UnsafeMutableRawBufferPointer(rebasing: bytes[SafeTensors.lengthBytes...]).copyBytes(from: header)
            values.withUnsafeBufferPointer { values in
                let body = UnsafeMutableRawBufferPointer(rebasing: bytes[headerEnd...])
                if type == .float32 { Self.store(values, to: body) } else { Self.storeHalves(values, to: body) }
            }
            count = headerEnd + values.count * width
        }
    }

    private static func store(_ values: UnsafeBufferPointer<Float>, to bytes: UnsafeMutableRawBufferPointer) {
        for (place, value) in values.enumerated() {
            bytes.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: place * 4, as: UInt32.self)
        }
    }

    private static func storeHalves(_ values: UnsafeBufferPointer<Float>, to bytes: UnsafeMutableRawBufferPointer) {
        for (place, value) in values.enumerated() {
            let bits = HalfPrecision.bits(small: value)
            bytes.storeBytes(of: bits.littleEndian, toByteOffset: place &* 2, as: UInt16.self)
        }
    }

    private func check(_ values: ArraySlice<Float>, _ type: SafeTensors.ElementType) throws(SafeTensorsError) {
        guard values.count == valueCount else { throw .wrongValueCount(needed: valueCount, found: values.count) }
        // From 65,520 on a number rounds to infinity in half precision.
        let limit: Float = type == .float16 ? 65_520 : .infinity
        // First whether there is such a number at all: a loop that does not leave early becomes vector instructions.
        let beyond = values.reduce(UInt32(0)) { $0 | (limit.bitPattern &- 1 &- $1.magnitude.bitPattern) }
        guard beyond >> 31 == 1 else { return }
        guard let place = values.firstIndex(where: { !($0.magnitude < limit) }) else { return }
        var first = values.startIndex
        for (name, shape) in tensors {
            let count = shape.reduce(1, *)
            if place < first + count {
                throw .notRepresentable(tensor: name, index: place - first, value: values[place], type: type)
            }
            first += count
        }
    }

    private func encodeWhole(
        _ values: ArraySlice<Float>,
        _ metadata: [String: String],
        _ type: SafeTensors.ElementType
    ) throws(SafeTensorsError) -> [UInt8] {
        var (weights, rest) = (Weights(), values)
        for (name, shape) in tensors {
            let count = shape.reduce(1, *)
            weights[name] = try? WeightTensor(shape: shape, values: Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return try SafeTensors.encode(weights, metadata: metadata, as: type)
    }
}
