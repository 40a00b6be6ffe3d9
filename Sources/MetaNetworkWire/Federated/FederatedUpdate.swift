/// What a device sends to `POST /v1/models/{model}/federation/rounds/{round}/updates`: bytes, as a model is large.
///
/// First the mean loss of its steps (4 bytes, a float), then the number of bytes of the update (4 bytes), the update as ``UpdateCodec``
/// writes it, and the gradient at the round's model as floats, where the turn's work wants it. The least significant byte is the first.
public struct FederatedUpdate: Sendable, Equatable {
    /// Mean loss of the device's steps, each before it was taken.
    public var loss: Float
    /// What it learned, as ``UpdateCodec`` writes it.
    public var encoded: [UInt8]
    /// The gradient of its mean loss at the round's model.
    public var gradient: [Float]?

    /// Bytes before the update.
    private static let headerBytes = 8

    /// Creates an update.
    public init(loss: Float, encoded: [UInt8], gradient: [Float]? = nil) {
        (self.loss, self.encoded, self.gradient) = (loss, encoded, gradient)
    }

    /// The bytes of the message.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerBytes + encoded.count + 4 * (gradient?.count ?? 0))
        bytes.append(littleEndian: loss.bitPattern)
        bytes.append(littleEndian: UInt32(encoded.count))
        bytes += encoded
        for value in gradient ?? [] { bytes.append(littleEndian: value.bitPattern) }
        return bytes
    }

    /// The most bytes that a message takes: with every value as it is.
    ///
    /// - Parameters:
    ///   - count: Parameters of the model.
    ///   - hasGradient: Whether there is a gradient, too.
    public static func mostBytes(count: Int, hasGradient: Bool) -> Int {
        // Places take a bit a value at most, as the shorter way of writing them is taken.
        headerBytes + UpdateCodec.headerBytes + 4 * count + (count + 7) / 8 + (hasGradient ? 4 * count : 0)
    }

    /// Reads a message.
    ///
    /// - Parameters:
    ///   - bytes: The body.
    ///   - count: Parameters of the model.
    ///   - hasGradient: Whether there must be a gradient.
    /// - Throws: ``UpdateCodecError`` where the message has another length, or the gradient a value that is not finite.
    public init(parsing bytes: [UInt8], count: Int, hasGradient: Bool) throws(UpdateCodecError) {
        guard bytes.count >= Self.headerBytes else { throw UpdateCodec.damaged("its length of \(bytes.count) bytes") }
        let (length, rest) = (Int(bytes.littleEndian(at: 4)), hasGradient ? 4 * count : 0)
        guard bytes.count == Self.headerBytes + length + rest else {
            throw UpdateCodec.damaged("its length of \(bytes.count) bytes")
        }
        loss = Float(bitPattern: bytes.littleEndian(at: 0))
        encoded = Array(bytes[Self.headerBytes..<Self.headerBytes + length])
        let first = Self.headerBytes + length
        gradient =
            hasGradient ? (0..<count).map { Float(bitPattern: bytes.littleEndian(at: first + 4 * $0)) } : nil
    }
}
