/// What a device sends to `POST /v1/models/{model}/answers`: an input, which the larger model in the cloud is to answer.
public struct AnswerRequest: Codable, Sendable, Equatable {
    /// The version that the device runs; the answer has the outputs of this version's model, in its order.
    public var version: String
    /// The input as the cloud's model reads it: one vector; a window of vectors, oldest first; or an image channel by channel, each
    /// row by row.
    public var input: [Float]
    /// A word of 8 to 64 letters, digits, `-` and `_`, new in every request; the signed answer repeats it.
    public var nonce: String

    /// Creates a request.
    public init(version: String, input: [Float], nonce: String) {
        (self.version, self.input, self.nonce) = (version, input, nonce)
    }

    /// Reads a request from JSON; stricter than `Codable` and without its cost.
    ///
    /// - Parameter json: The body.
    /// - Throws: ``MessageError``.
    public init(parsing json: [UInt8]) throws(MessageError) {
        let message = try JSONMessage(parsing: json, members: ["version", "input", "nonce"], depth: 2)
        guard let input = message["input"] else {
            throw MessageError(field: "input", reason: "is missing", fix: "send an array of numbers")
        }
        self.init(
            version: try message.string("version"),
            input: try JSONMessage.numbers("input", input),
            nonce: try message.nonce()
        )
    }
}

/// The answer to an ``AnswerRequest``, in JSON; its signature is that of ``ResponseSignature/Subject/answer``.
public struct CloudAnswer: Codable, Sendable, Equatable {
    /// Name of the model.
    public var model: String
    /// The version that the device runs.
    public var version: String
    /// The version of the larger model that answered.
    public var cloudVersion: String
    /// The nonce of the request.
    public var nonce: String
    /// Logits of classes or values of a regression, in the order of the device's model.
    public var outputs: [Float]

    /// Creates an answer.
    public init(model: String, version: String, cloudVersion: String, nonce: String, outputs: [Float]) {
        (self.model, self.version, self.cloudVersion) = (model, version, cloudVersion)
        (self.nonce, self.outputs) = (nonce, outputs)
    }
}
