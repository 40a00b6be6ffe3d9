import MetaNetwork

/// Generates with a ``PublishedGenerator``, for one device after the other.
///
/// Devices are encoded one by one, as long as each one's samples are, and decoded some at a time, so that the decoder's matrix is read
/// once for several of them. The values of a device do not depend on the others.
public struct Generation: ~Copyable {
    private let generator: PublishedGenerator
    /// Values of the encoder's nodes.
    private let memory: Arena
    /// z of the devices that were not decoded yet.
    private let codes: Arena
    private let decoded: Arena
    private var waiting = 0
    private var samples: [Int] = []
    private var values: [Float] = []

    /// Devices that are decoded together.
    private static let block = 16

    init(_ generator: PublishedGenerator) {
        self.generator = generator
        memory = Arena(count: generator.encoder.lanes)
        codes = Arena(count: Self.block * Lanes.count(for: generator.decoder.width))
        decoded = Arena(count: Self.block * generator.decoder.rowLanes)
        samples.reserveCapacity(generator.window)
    }

    /// Takes a device's samples as items.
    ///
    /// - Parameter items: Recent items, oldest first, indices from 1; those older than the window are not read, others than the
    ///   catalogue's read as padding, and none at all as one of it.
    /// - Throws: ``DeviceModelError/readsVectors(_:)`` where samples are vectors.
    public mutating func append(items: some BidirectionalCollection<Int32>) throws(DeviceModelError) {
        guard generator.encoder.graph.ranksItems else {
            throw .readsVectors(generator.encoder.graph.architecture.name)
        }
        samples.removeAll(keepingCapacity: true)
        for item in items.suffix(generator.window) { samples.append(Int(item)) }
        if samples.isEmpty { samples.append(0) }
        encode(isEmbedded: false)
    }

    /// Takes a device's samples as vectors, or as rows of the device model's table of items.
    ///
    /// - Parameter embeddings: What stands for each recent sample one after the other, oldest first; those older than the window are not
    ///   read, and none at all reads as zeros.
    /// - Throws: ``DeviceModelError/wrongInput(expected:found:)`` where the encoder reads a table of its own, of another width.
    public mutating func append(embeddings: [Float]) throws(DeviceModelError) {
        let (encoder, width) = (generator.encoder, generator.sampleWidth)
        let lanes = Lanes.count(for: width)
        for place in encoder.places where place.lanes != lanes {
            throw .wrongInput(expected: place.lanes * Lanes.scalarCount, found: width)
        }
        let count = min(embeddings.count / max(1, width), generator.window)
        let first = embeddings.count - count * width
        samples.removeAll(keepingCapacity: true)
        samples.append(contentsOf: repeatElement(0, count: max(1, count)))
        embeddings.withUnsafeBufferPointer { source in
            for (operand, _) in encoder.places {
                let target = memory.base + operand.offset
                target.update(repeating: Lanes(), count: samples.count * lanes)
                for row in 0..<count {
                    let elements = (target + row * lanes).elements
                    for place in 0..<width { elements[place] = source[first + row * width + place] }
                }
            }
        }
        encode(isEmbedded: true)
    }

    /// What was generated since the last call: ``PublishedGenerator/valueCount`` values of each device, in the order of their samples.
    public mutating func finish() -> [Float] {
        decode()
        let result = values
        values = []
        return result
    }

    /// Makes room for the values of so many devices.
    public mutating func reserve(devices: Int) { values.reserveCapacity(devices * generator.valueCount) }

    private mutating func encode(isEmbedded: Bool) {
        let encoder = generator.encoder
        let lanes = Lanes.count(for: generator.decoder.width)
        samples.withUnsafeBufferPointer { samples in
            let execution = Execution(
                plan: encoder.memory.base,
                device: memory.base,
                samples: samples,
                candidates: UnsafeBufferPointer(start: nil, count: 0),
                itemCount: encoder.graph.itemCount
            )
            if !isEmbedded { execution.run(encoder.gathers) }
            execution.run(encoder.program)
            (codes.base + waiting * lanes).update(from: execution.pointer(encoder.output), count: lanes)
        }
        waiting += 1
        if waiting == Self.block { decode() }
    }

    private mutating func decode() {
        let decoder = generator.decoder
        decoder.apply(codes.base, rows: waiting, out: decoded.base)
        for row in 0..<waiting {
            let elements = (decoded.base + row * decoder.rowLanes).elements
            values.append(contentsOf: UnsafeBufferPointer(start: elements, count: decoder.valueCount))
        }
        waiting = 0
    }
}
