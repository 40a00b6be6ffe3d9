import MetaNetworkWire

extension PersonalModel {
    /// Noise on the embeddings that are sent for new weights, against whoever reads them, the service too: each is clipped to a norm,
    /// and Gaussian noise is added to each of its values.
    ///
    /// `metanetwork privacy` measures what can still be read back of a model's embeddings and what quality the noise costs, and prints
    /// both values of its "embeddings" as they are given here. A sample leaves with the same noise each time, so that many
    /// questions tell no more of it than one; every further sample tells something of its own. On the device embeddings stay as they
    /// are, and nothing else that is sent has noise: not what is shared or deferred, nor how many samples there are.
    public struct UploadNoise: Sendable, Equatable {
        /// The largest norm that an embedding keeps: above 0, up to 1e30. A longer one is scaled down to it.
        public var clip: Double
        /// Standard deviation of the noise on each value over the largest change of a clipped embedding, which is twice ``clip``: from
        /// 0, for none, to 1,000.
        public var noise: Double

        /// Creates a value; it is checked when the model opens.
        ///
        /// - Parameters:
        ///   - clip: The largest norm that an embedding keeps.
        ///   - noise: Standard deviation of the noise over twice `clip`.
        public init(clip: Double, noise: Double) { (self.clip, self.noise) = (clip, noise) }

        /// Standard deviation of the noise on each value.
        var deviation: Double { noise * 2 * clip }
    }

    /// Embeddings as they are sent.
    ///
    /// - Parameters:
    ///   - embeddings: What stands for each sample.
    ///   - samples: The samples, as many.
    /// - Throws: ``ClientError/storage(reason:)`` where the disk does not keep the secret that the noise follows from: with another one
    ///   after each launch the noise of a sample would average away.
    func sent(_ embeddings: [[Float]], of samples: [RecentSamples.Known]) throws -> [[Float]] {
        guard let settings = configuration.uploadNoise else { return embeddings }
        let noise = SampleNoise(settings, secret: try folder.noiseSecret())
        return zip(embeddings, samples).map { noise.applied(to: $0, of: $1.event.id) }
    }
}

extension PersonalModel.Configuration {
    /// - Throws: ``ClientError/invalidInput(reason:)`` where there is noise on what is not sent, or so much as cannot be computed with.
    func checkUploadNoise() throws(ClientError) {
        guard let uploadNoise else { return }
        guard upload != .ids else {
            let reason =
                "uploadNoise is for embeddings, and upload is .ids, which are sent as they are; set upload to .embeddings or .anchors"
            throw .invalidInput(reason: reason)
        }
        guard uploadNoise.clip > 0, uploadNoise.clip <= 1e30 else {
            throw .invalidInput(reason: "uploadNoise.clip is \(uploadNoise.clip); it is a norm, above 0 and up to 1e30")
        }
        guard (0...1_000).contains(uploadNoise.noise) else {
            let reason =
                "uploadNoise.noise is \(uploadNoise.noise); it is a deviation over twice the clip, from 0 to 1,000"
            throw .invalidInput(reason: reason)
        }
    }
}
