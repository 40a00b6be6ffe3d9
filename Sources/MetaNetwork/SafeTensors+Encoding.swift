extension SafeTensors {
    /// Writes weights.
    ///
    /// The same weights give the same bytes: tensors and metadata are written in the order of their names.
    ///
    /// - Parameters:
    ///   - weights: The tensors.
    ///   - metadata: Strings for the reader.
    ///   - type: How to store the values. In half precision each is rounded to the nearest, ties to even.
    /// - Returns: The file's bytes.
    /// - Throws: ``SafeTensorsError/reservedName(_:)``, or
    ///   ``SafeTensorsError/notRepresentable(tensor:index:value:type:)`` for a finite value that would become infinite.
    public static func encode(
        _ weights: Weights,
        metadata: [String: String] = [:],
        as type: ElementType = .float32
    ) throws(SafeTensorsError) -> [UInt8] {
        let header = try header(weights, metadata, type)
        let length = UInt64(header.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lengthBytes + header.count + weights.parameterCount * type.byteCount)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
        bytes += header
        for name in weights.names {
            guard let tensor = weights[name] else { continue }
            switch type {
            case .float32: append(tensor.values, to: &bytes)
            case .float16: try appendHalves(tensor.values, named: name, to: &bytes)
            }
        }
        return bytes
    }

    private static func header(
        _ weights: Weights,
        _ metadata: [String: String],
        _ type: ElementType
    ) throws(SafeTensorsError) -> [UInt8] {
        var members: [JSON.Member] = []
        if !metadata.isEmpty {
            let sorted = metadata.sorted { $0.key < $1.key }
            members.append(JSON.Member(metadataKey, .object(sorted.map { JSON.Member($0.key, .string($0.value)) })))
        }
        var offset = 0
        for name in weights.names {
            guard let tensor = weights[name] else { continue }
            guard name != metadataKey else { throw .reservedName(name) }
            let end = offset + tensor.values.count * type.byteCount
            let entry = [
                JSON.Member("dtype", .string(type.rawValue)),
                JSON.Member("shape", .array(tensor.shape.map { .integer($0) })),
                JSON.Member("data_offsets", .array([.integer(offset), .integer(end)])),
            ]
            members.append(JSON.Member(name, .object(entry)))
            offset = end
        }
        var header = JSON.object(members).bytes
        // The reference pads with spaces, so that the values are aligned in a file mapped into memory.
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        return header
    }

    private static func append(_ values: [Float], to bytes: inout [UInt8]) {
        #if _endian(little)
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        #else
        for value in values {
            let bits = value.bitPattern
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
            }
        }
        #endif
    }

    private static func appendHalves(
        _ values: [Float],
        named name: String,
        to bytes: inout [UInt8]
    ) throws(SafeTensorsError) {
        for (index, value) in values.enumerated() {
            let bits = HalfPrecision.bits(value)
            guard bits & 0x7FFF != 0x7C00 || value.isInfinite else {
                throw .notRepresentable(tensor: name, index: index, value: value, type: .float16)
            }
            bytes.append(UInt8(truncatingIfNeeded: bits))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
        }
    }
}
