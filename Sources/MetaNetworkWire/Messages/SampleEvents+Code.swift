extension SampleEvents.Event {
    /// The few values that a device learned in place of dynamic layers, see `BundleLayout.basis`.
    public struct Code: Codable, Sendable, Equatable {
        /// The version of the model whose basis makes layers of it.
        public var version: String
        /// Base64 of the values in IEEE single precision, 4 bytes each, the least significant first. A value takes 5.3 characters.
        public var values: String

        /// Creates a code of what another side wrote.
        public init(version: String, values: String) { (self.version, self.values) = (version, values) }

        /// Creates a code of its values.
        ///
        /// - Returns: `nil` where one is not finite.
        public init?(_ values: [Float], version: String) {
            guard values.allSatisfy(\.isFinite) else { return nil }
            var bytes: [UInt8] = []
            for bits in values.map(\.bitPattern) {
                for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
            }
            self.init(version: version, values: Base64.text(bytes))
        }

        /// The values, as many as there are.
        ///
        /// - Returns: `nil` where the text is none that ``init(_:version:)`` gives.
        public var floats: [Float]? {
            guard let bytes = Base64.bytes(values), bytes.count % 4 == 0 else { return nil }
            var floats: [Float] = []
            for place in stride(from: 0, to: bytes.count, by: 4) {
                var bits: UInt32 = 0
                for byte in bytes[place..<place + 4].reversed() { bits = bits << 8 | UInt32(byte) }
                let value = Float(bitPattern: bits)
                guard value.isFinite else { return nil }
                floats.append(value)
            }
            return floats
        }
    }
}
