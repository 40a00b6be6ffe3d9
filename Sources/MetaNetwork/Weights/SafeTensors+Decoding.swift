extension SafeTensors {
    /// Reads weights.
    ///
    /// Accepts what the format allows and nothing else, within the limits, and never traps, whatever the bytes. Whether
    /// the values are finite is for the caller to check.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - limits: What to accept at most.
    /// - Returns: The tensors, and the strings of `__metadata__`.
    public static func decode(
        _ bytes: [UInt8],
        limits: SafeTensorsLimits = .default
    ) throws(SafeTensorsError) -> (weights: Weights, metadata: [String: String]) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(SafeTensorsError) in
            try decode(UnsafeRawBufferPointer(buffer), limits: limits)
        }
    }

    /// Reads weights from memory, for example a mapped file, that stays valid and unchanged during the call.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - limits: What to accept at most.
    /// - Returns: The tensors, and the strings of `__metadata__`.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer,
        limits: SafeTensorsLimits = .default
    ) throws(SafeTensorsError) -> (weights: Weights, metadata: [String: String]) {
        let length = try headerLength(bytes, limits)
        let header = SafeTensorsHeader(
            members: try members(Array(bytes[lengthBytes..<lengthBytes + length])),
            limits: limits
        )
        let payload = UnsafeRawBufferPointer(rebasing: bytes[(lengthBytes + length)...])
        let entries = try header.entries(covering: payload.count)
        let metadata = try header.metadata()
        var tensors: [String: WeightTensor] = [:]
        for entry in entries {
            let values = values(UnsafeRawBufferPointer(rebasing: payload[entry.span]), entry.type)
            tensors[entry.name] = try tensor(entry, values)
        }
        for entry in entries where entry.type == .int8 {
            let name = EightBitMatrix.scaleName(of: entry.name)
            guard let scales = tensors.removeValue(forKey: name), scales.shape == [entry.shape.last ?? 1],
                let integers = tensors[entry.name]
            else {
                throw .malformedEntry(
                    name: entry.name,
                    reason: "is I8 and has no '\(name)' with a scale for each column"
                )
            }
            let values = EightBitMatrix.values(integers: integers.values, scales: scales.values)
            tensors[entry.name] = try tensor(entry, values)
        }
        return (Weights(tensors), metadata)
    }

    private static func tensor(
        _ entry: SafeTensorsHeader.Entry,
        _ values: [Float]
    ) throws(SafeTensorsError) -> WeightTensor {
        do {
            return try WeightTensor(shape: entry.shape, values: values)
        } catch {
            throw .malformedEntry(name: entry.name, reason: "\(error)")
        }
    }

    private static func headerLength(
        _ bytes: UnsafeRawBufferPointer,
        _ limits: SafeTensorsLimits
    ) throws(SafeTensorsError) -> Int {
        guard bytes.count <= limits.totalBytes else { throw .tooLarge(bytes: bytes.count, limit: limits.totalBytes) }
        guard bytes.count >= lengthBytes else {
            throw .truncatedHeader(needed: UInt64(lengthBytes), available: bytes.count)
        }
        let length = bytes[0..<lengthBytes].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let count = Int(exactly: length), count <= limits.headerBytes else {
            throw .headerTooLong(bytes: length, limit: limits.headerBytes)
        }
        let available = bytes.count - lengthBytes
        guard count <= available else { throw .truncatedHeader(needed: length, available: available) }
        return count
    }

    private static func members(_ header: [UInt8]) throws(SafeTensorsError) -> [JSON.Member] {
        // The format has no white space before the object, so that a reader knows a file by its ninth byte.
        guard header.first == UInt8(ascii: "{") else {
            throw .malformedHeader(offset: lengthBytes, reason: "the header must begin with '{'")
        }
        do {
            guard case .object(let members) = try JSON(parsing: header, depth: headerDepth) else {
                throw JSONError(offset: 0, reason: "the header must be an object")
            }
            return members
        } catch let error as JSONError {
            throw .malformedHeader(offset: lengthBytes + error.offset, reason: error.reason)
        } catch {
            throw .malformedHeader(offset: lengthBytes, reason: "\(error)")
        }
    }

    private static func values(_ bytes: UnsafeRawBufferPointer, _ type: ElementType) -> [Float] {
        let count = bytes.count / type.byteCount
        return [Float](unsafeUninitializedCapacity: count) { values, initialized in
            switch type {
            case .float32:
                for index in 0..<count {
                    let bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
                    values.initializeElement(at: index, to: Float(bitPattern: bits))
                }
            case .float16:
                for index in 0..<count {
                    let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
                    values.initializeElement(at: index, to: HalfPrecision.float(bits))
                }
            case .int8:
                for index in 0..<count {
                    values.initializeElement(at: index, to: Float(Int8(bitPattern: bytes[index])))
                }
            }
            initialized = count
        }
    }
}
