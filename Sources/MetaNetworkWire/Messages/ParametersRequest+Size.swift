import MetaNetwork

extension ParametersRequest {
    /// Maximum number of bytes of a request: a service reads as many unless it is told otherwise, and a device sends no more.
    public static let byteLimit = 1 << 20
    /// Maximum number of samples of a request.
    public static let sampleLimit = BundleLimits.generatorWindow.upperBound
    /// Maximum number of values of all embeddings of a request.
    static let valueLimit = (byteLimit - frameBytes) / valueBytes

    /// Bytes of all that is no sample: version, nonce, format, keys.
    private static let frameBytes = 1024
    /// Largest number of bytes of a value in single precision, and of what stands between two of them.
    private static let valueBytes = 16

    /// Drops the oldest samples until the request is one that a service reads; one sample is left in any case.
    public mutating func dropOldestBeyondLimit() {
        if let samples { self.samples = Self.last(of: samples) { 3 + Self.bytes(of: $0) } }
        if let embeddings {
            let kept = Self.last(of: embeddings) { 3 + $0.count * Self.valueBytes }
            (self.embeddings, counts) = (kept, counts?.suffix(kept.count))
        }
    }

    private static func last<Sample>(of samples: [Sample], _ bytes: (Sample) -> Int) -> [Sample] {
        var (count, left) = (0, byteLimit - frameBytes)
        for sample in samples.reversed() {
            left -= bytes(sample)
            guard left >= 0 || count == 0 else { break }
            count += 1
        }
        return samples.suffix(count)
    }

    /// Bytes of a text in JSON, without its quotation marks.
    static func bytes(of text: String) -> Int { text.utf8.reduce(0) { $0 + bytes(of: $1) } }

    /// Bytes of a byte of text in JSON.
    private static func bytes(of byte: UInt8) -> Int {
        switch byte {
        case 0..<0x20: 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): 2
        default: 1
        }
    }
}

extension BundleManifest {
    /// Checks that a full question of this model is one that a service reads.
    ///
    /// - Parameter sampleWidth: Values that stand for a sample; see `ModelGraph.sampleWidth`.
    /// - Throws: `BundleManifestError.field(_:reason:)`.
    public func checkQuestion(sampleWidth: Int) throws(BundleManifestError) {
        // Items are asked for by their ids; only vectors have nothing else to send.
        guard let generator, outputs != nil else { return }
        let (values, overflow) = generator.window.multipliedReportingOverflow(by: sampleWidth)
        let limit = ParametersRequest.valueLimit
        guard overflow || values > limit else { return }
        throw .field(
            "generator.window",
            reason: "is \(generator.window), of samples of \(sampleWidth) values each: a device cannot send more than "
                + "\(limit) values; name a narrower node as the architecture's \"sample\", or shorten the window"
        )
    }
}
