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
    ///   ``SafeTensorsError/notRepresentable(tensor:index:value:type:)`` for a finite value that would become infinite in half
    ///   precision, or one that is not finite in eight bits.
    public static func encode(
        _ weights: Weights,
        metadata: [String: String] = [:],
        as type: ElementType = .float32
    ) throws(SafeTensorsError) -> [UInt8] {
        let pieces = try pieces(weights, type)
        let header = header(pieces, metadata)
        let length = UInt64(header.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lengthBytes + header.count + weights.parameterCount * type.byteCount)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
        bytes += header
        for piece in pieces {
            switch piece.type {
            case .float32: append(piece.tensor.values, to: &bytes)
            case .float16: try appendHalves(piece.tensor.values, named: piece.name, to: &bytes)
            case .int8: bytes += EightBitMatrix(rounding: piece.tensor).integers.map { UInt8(bitPattern: $0) }
            }
        }
        return bytes
    }

    /// A tensor of the file.
    private struct Piece {
        let name: String
        let type: ElementType
        let tensor: WeightTensor
    }

    private static func pieces(_ weights: Weights, _ type: ElementType) throws(SafeTensorsError) -> [Piece] {
        var pieces: [Piece] = []
        for name in weights.names {
            guard name != metadataKey else { throw .reservedName(name) }
            guard let tensor = weights[name] else { continue }
            guard type == .int8 else {
                pieces.append(Piece(name: name, type: type, tensor: tensor))
                continue
            }
            guard tensor.shape.count > 1 else {
                pieces.append(Piece(name: name, type: .float32, tensor: tensor))
                continue
            }
            if let index = tensor.values.firstIndex(where: { !$0.isFinite }) {
                throw .notRepresentable(tensor: name, index: index, value: tensor.values[index], type: .int8)
            }
            let scaleName = EightBitMatrix.scaleName(of: name)
            guard weights[scaleName] == nil, let columns = tensor.shape.last, columns > 0,
                let scales = try? WeightTensor(shape: [columns], values: EightBitMatrix(rounding: tensor).scales)
            else { throw .reservedName(scaleName) }
            pieces.append(Piece(name: name, type: .int8, tensor: tensor))
            pieces.append(Piece(name: scaleName, type: .float32, tensor: scales))
        }
        return pieces
    }

    private static func header(_ pieces: [Piece], _ metadata: [String: String]) -> [UInt8] {
        var members: [JSON.Member] = []
        if !metadata.isEmpty {
            members.append(JSON.Member(metadataKey, object(of: metadata)))
        }
        var offset = 0
        for piece in pieces {
            let end = offset + piece.tensor.values.count * piece.type.byteCount
            members.append(member(piece.name, piece.type, piece.tensor.shape, offset..<end))
            offset = end
        }
        var header = JSON.object(members).bytes
        // The reference pads with spaces, so that the values are aligned in a file mapped into memory.
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        return header
    }

    /// The strings of `__metadata__` in the order of their names.
    static func object(of metadata: [String: String]) -> JSON {
        let names = Array(metadata.keys).ascending()
        return .object(names.compactMap { name in metadata[name].map { JSON.Member(name, .string($0)) } })
    }

    /// A tensor's entry in the header.
    static func member(_ name: String, _ type: ElementType, _ shape: [Int], _ span: Range<Int>) -> JSON.Member {
        let entry = [
            JSON.Member("dtype", .string(type.rawValue)),
            JSON.Member("shape", .array(shape.map { .integer($0) })),
            JSON.Member("data_offsets", .array([.integer(span.lowerBound), .integer(span.upperBound)])),
        ]
        return JSON.Member(name, .object(entry))
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
