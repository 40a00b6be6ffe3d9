/// What the answer to a ``ParametersRequest`` says of itself, in the `__metadata__` of its safetensors.
public struct ParametersMetadata: Sendable, Equatable {
    /// Name of the model.
    public var model: String
    /// Version of the model; the device runs its static layers.
    public var version: String
    /// The nonce of the request.
    public var nonce: String
    /// Number of samples that the generator read.
    public var samples: Int
    /// When the weights were generated, in seconds since 1970.
    public var generated: Int
    /// When a device should stop using them, in seconds since 1970.
    public var expires: Int

    /// Creates metadata.
    public init(model: String, version: String, nonce: String, samples: Int, generated: Int, expires: Int) {
        self.model = model
        self.version = version
        self.nonce = nonce
        self.samples = samples
        self.generated = generated
        self.expires = expires
    }

    /// Reads the strings of a file.
    ///
    /// - Returns: `nil` where one is missing or no number.
    public init?(_ strings: [String: String]) {
        guard let model = strings["model"], let version = strings["version"], let nonce = strings["nonce"],
            let samples = strings["samples"].flatMap({ Int($0) }),
            let generated = strings["generated"].flatMap({ Int($0) }),
            let expires = strings["expires"].flatMap({ Int($0) })
        else { return nil }
        self.init(
            model: model,
            version: version,
            nonce: nonce,
            samples: samples,
            generated: generated,
            expires: expires
        )
    }

    /// As strings, for a file.
    public var strings: [String: String] {
        [
            "model": model, "version": version, "nonce": nonce, "samples": String(samples),
            "generated": String(generated), "expires": String(expires),
        ]
    }
}
