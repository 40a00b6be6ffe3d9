import MetaNetwork

/// Writes an update in fewer bytes: some of its values alone, in few bits each.
///
/// Values that are not kept count as 0. What is written begins with 14 bytes: how places are written, bits, the number of kept values,
/// the least and the largest of them; then come the places, as one bit for each value or as the distances between kept ones, whichever is
/// shorter, and the values, rounded to 2^bits evenly spread ones. With 32 bits values are floats as they are. Bytes are what is written,
/// and nothing else is charged.
public struct UpdateCodec: Codable, Sendable, Equatable {
    /// Share of the values that are kept, above 0; at least one is.
    public var density: Double
    /// Bits of a value: 1 to 8, or 32.
    public var bits: Int
    /// Which values are kept.
    public var selection: Selection

    /// Which values are kept.
    public enum Selection: String, Codable, Sendable, CaseIterable {
        /// The largest by magnitude; of equal ones the first.
        case largest
        /// The control: drawn by lot.
        case random
    }

    /// - Throws: ``UpdateCodecError`` where density is not from above 0 to 1, or bits are not 1 to 8 or 32.
    public init(density: Double, bits: Int, selection: Selection = .largest) throws(UpdateCodecError) {
        guard density > 0, density <= 1 else {
            throw UpdateCodecError("density is \(density); it is a share of the values, above 0 and up to 1")
        }
        guard (1...8).contains(bits) || bits == 32 else {
            throw UpdateCodecError("bits is \(bits); a value takes 1 to 8 bits, or 32 as it is")
        }
        (self.density, self.bits, self.selection) = (density, bits, selection)
    }

    private init() { (density, bits, selection) = (1, 32, .largest) }

    /// Reads a codec that another program wrote.
    ///
    /// - Throws: As ``init(density:bits:selection:)``.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            density: members.decode(Double.self, forKey: .density),
            bits: members.decode(Int.self, forKey: .bits),
            selection: members.decode(Selection.self, forKey: .selection)
        )
    }

    /// Every value as it is.
    public static let whole = UpdateCodec()

    /// Bytes before places and values.
    static let headerBytes = 14

    /// How places are written.
    enum Places: UInt8 { case all, bitmap, distances }

    /// Writes values.
    ///
    /// - Parameters:
    ///   - values: Finite ones.
    ///   - random: Source of what is drawn by lot.
    public func encoded(_ values: [Float], random: inout SeededGenerator) -> [UInt8] {
        let kept = keptPlaces(values, &random)
        let isWhole = kept.count == values.count
        let (bitmap, distances) = isWhole ? ([], []) : (Self.bitmap(kept, of: values.count), Self.distances(kept))
        let places: Places = isWhole ? .all : bitmap.count <= distances.count ? .bitmap : .distances
        let some = kept.map { values[$0] }
        let (least, largest) = (some.min() ?? 0, some.max() ?? 0)
        var bytes: [UInt8] = [places.rawValue, UInt8(bits)]
        for word in [UInt32(kept.count), least.bitPattern, largest.bitPattern] { bytes.append(littleEndian: word) }
        bytes += places == .bitmap ? bitmap : places == .distances ? distances : []
        if bits == 32 {
            for value in some { bytes.append(littleEndian: value.bitPattern) }
        } else {
            bytes += BitPacking.packed(some.map { level(of: $0, least, largest) }, bits: bits)
        }
        return bytes
    }

    /// Reads what ``encoded(_:random:)`` has written.
    ///
    /// - Parameters:
    ///   - bytes: What came.
    ///   - count: Number of values with those that were left out.
    /// - Throws: ``UpdateCodecError`` where the bytes are cut short or say what cannot be.
    public static func decoded(_ bytes: [UInt8], count: Int) throws(UpdateCodecError) -> [Float] {
        guard bytes.count >= headerBytes, let places = Places(rawValue: bytes[0]) else { throw damaged("its header") }
        let (bits, kept) = (Int(bytes[1]), Int(bytes.littleEndian(at: 2)))
        guard (1...8).contains(bits) || bits == 32 else { throw damaged("\(bits) bits a value") }
        let (least, largest) = (
            Float(bitPattern: bytes.littleEndian(at: 6)), Float(bitPattern: bytes.littleEndian(at: 10))
        )
        guard kept <= count, places != .all || kept == count else { throw damaged("\(kept) of \(count) values") }
        var place = headerBytes
        let indices = try indices(places, kept, count, bytes, &place)
        let length = bits == 32 ? 4 * kept : (kept * bits + 7) / 8
        guard bytes.count == place + length else { throw damaged("its length of \(bytes.count) bytes") }
        let values: [Float]
        if bits == 32 {
            values = (0..<kept).map { Float(bitPattern: bytes.littleEndian(at: place + 4 * $0)) }
        } else {
            let step = (largest - least) / Float((1 << bits) - 1)
            values = BitPacking.unpacked(bytes[place...], bits: bits, count: kept).map { least + Float($0) * step }
        }
        guard values.allSatisfy(\.isFinite) else {
            throw UpdateCodecError("an update has a value that is not finite; it is refused", isNotFinite: true)
        }
        var result = [Float](repeating: 0, count: count)
        for (index, value) in zip(indices, values) { result[index] = value }
        return result
    }

    /// The source of what is drawn by lot of a message.
    ///
    /// - Parameters:
    ///   - seed: The run's.
    ///   - device: Number of the device.
    ///   - turn: How often the device was sent a model before.
    ///   - isUpdate: Whether the device sends it.
    public static func random(seed: UInt64, device: Int, turn: Int, isUpdate: Bool) -> SeededGenerator {
        let path = [device, turn, isUpdate ? 1 : 0].map { UInt64(bitPattern: Int64($0)) }
        return SeededGenerator(seed: seed, streams: [1009] + path)
    }

    static func damaged(_ what: String) -> UpdateCodecError {
        UpdateCodecError("an update cannot be read: \(what) cannot be; it is refused")
    }

    private func keptPlaces(_ values: [Float], _ random: inout SeededGenerator) -> [Int] {
        let count = min(values.count, max(1, Int((density * Double(values.count)).rounded())))
        guard count < values.count else { return Array(values.indices) }
        return switch selection {
        case .random: Array(Array(values.indices).shuffled(using: &random).prefix(count)).ascending()
        case .largest: Self.largest(count, of: values)
        }
    }

    private func level(of value: Float, _ least: Float, _ largest: Float) -> UInt8 {
        guard largest > least else { return 0 }
        let levels = Float((1 << bits) - 1)
        return UInt8(min(levels, max(0, ((value - least) / (largest - least) * levels).rounded())))
    }
}

/// What an update cannot be written or read as, and how to fix it.
public struct UpdateCodecError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong and the fix.
    public let description: String
    /// Whether it was read, but for a value that is infinite or NaN.
    public let isNotFinite: Bool

    init(_ description: String, isNotFinite: Bool = false) {
        (self.description, self.isNotFinite) = (description, isNotFinite)
    }
}
