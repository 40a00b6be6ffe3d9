/// The header of a safetensors file and its rules.
struct SafeTensorsHeader {
    /// The header's members as parsed: no name occurs twice.
    let members: [JSON.Member]
    let limits: SafeTensorsLimits

    /// One tensor: where its values are and what they are.
    struct Entry {
        let name: String
        let type: SafeTensors.ElementType
        let shape: [Int]
        /// Offsets from the end of the header.
        let span: Range<Int>
    }

    /// The tensors in the order of their values, once it is certain that they cover the bytes without hole or overlap.
    func entries(covering byteCount: Int) throws(SafeTensorsError) -> [Entry] {
        let tensors = members.filter { $0.key != SafeTensors.metadataKey }
        guard tensors.count <= limits.tensors else {
            throw .tooManyTensors(count: tensors.count, limit: limits.tensors)
        }
        var entries: [Entry] = []
        for member in tensors { entries.append(try entry(member)) }
        // A tensor of no bytes lies before one that begins at the same place.
        entries.sort { ($0.span.lowerBound, $0.span.upperBound) < ($1.span.lowerBound, $1.span.upperBound) }
        var end = 0
        for entry in entries {
            guard entry.span.lowerBound == end else {
                throw .notContiguous(tensor: entry.name, expected: end, found: entry.span.lowerBound)
            }
            end = entry.span.upperBound
        }
        guard end == byteCount else { throw .wrongLength(described: end, found: byteCount) }
        return entries
    }

    /// The strings of `__metadata__`; empty if there is none.
    func metadata() throws(SafeTensorsError) -> [String: String] {
        let key = SafeTensors.metadataKey
        guard let member = members.first(where: { $0.key == key }) else { return [:] }
        guard case .object(let pairs) = member.value else { throw .malformedEntry(name: key, reason: "is no object") }
        var metadata: [String: String] = [:]
        for pair in pairs {
            guard case .string(let value) = pair.value else {
                throw .malformedEntry(name: key, reason: "the value of '\(pair.key)' is no string")
            }
            metadata[pair.key] = value
        }
        return metadata
    }

    private func entry(_ member: JSON.Member) throws(SafeTensorsError) -> Entry {
        let name = member.key
        guard case .string(let typeName) = member.value["dtype"] else {
            throw .malformedEntry(name: name, reason: "has no string 'dtype'")
        }
        guard let type = SafeTensors.ElementType(rawValue: typeName) else {
            throw .unsupportedElementType(tensor: name, type: typeName)
        }
        let shape = try sizes("shape", member)
        let offsets = try sizes("data_offsets", member)
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw .malformedEntry(name: name, reason: "'data_offsets' must be a begin and an end that is not before it")
        }
        let needed = try byteCount(shape, type, name)
        guard needed == offsets[1] - offsets[0] else {
            throw .wrongSpan(tensor: name, needed: needed, found: offsets[1] - offsets[0])
        }
        return Entry(name: name, type: type, shape: shape, span: offsets[0]..<offsets[1])
    }

    /// The elements of an array of integers of 0 or more.
    private func sizes(_ key: String, _ member: JSON.Member) throws(SafeTensorsError) -> [Int] {
        guard case .array(let elements) = member.value[key] else {
            throw .malformedEntry(name: member.key, reason: "has no array '\(key)'")
        }
        var sizes: [Int] = []
        for element in elements {
            guard case .integer(let size) = element, size >= 0 else {
                throw .malformedEntry(name: member.key, reason: "'\(key)' must hold integers of 0 or more")
            }
            sizes.append(size)
        }
        return sizes
    }

    private func byteCount(
        _ shape: [Int],
        _ type: SafeTensors.ElementType,
        _ name: String
    ) throws(SafeTensorsError) -> Int {
        guard let count = try? WeightTensor.elementCount(of: shape) else {
            throw .malformedEntry(name: name, reason: "the product of 'shape' does not fit 64 bits")
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow else { throw .malformedEntry(name: name, reason: "its size in bytes does not fit 64 bits") }
        return bytes
    }
}
