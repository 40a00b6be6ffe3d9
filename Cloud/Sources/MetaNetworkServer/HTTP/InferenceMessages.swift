/// A request of the Open Inference Protocol, version 2; members that are not used here are not read.
struct InferenceRequest: Decodable {
    /// What the client calls the request; the answer repeats it.
    let id: String?
    let inputs: [Input]
    /// The outputs that are wanted; all where there is no such member.
    let outputs: [Wanted]?

    /// An input tensor.
    struct Input: Decodable {
        let name: String
        /// Number of rows, then the dimensions of one.
        let shape: [Int]
        let datatype: String
        let data: TensorData
    }

    /// An output tensor that is wanted.
    struct Wanted: Decodable { let name: String }
}

/// The values of a tensor, row by row; they may be nested as its dimensions are.
struct TensorData: Decodable {
    let values: [Double]

    init(from decoder: any Decoder) throws {
        var (elements, values) = (try decoder.unkeyedContainer(), [Double]())
        if let count = elements.count { values.reserveCapacity(count) }
        while !elements.isAtEnd {
            if let number = try? elements.decode(Double.self) {
                values.append(number)
            } else {
                values += try elements.decode(TensorData.self).values
            }
        }
        self.values = values
    }
}

/// An answer of the Open Inference Protocol, version 2.
struct InferenceResponse: Encodable {
    let modelName: String
    let modelVersion: String
    let id: String?
    let outputs: [Output]

    /// An output tensor.
    struct Output: Encodable {
        let name: String
        let shape: [Int]
        let datatype: String
        let data: [Float]
    }

    private enum CodingKeys: String, CodingKey {
        case id, outputs
        case modelName = "model_name"
        case modelVersion = "model_version"
    }
}

/// What a service of the Open Inference Protocol says of a model.
struct InferenceMetadata: Encodable {
    let name: String
    let versions: [String]
    let platform = "metanetwork"
    let inputs: [Tensor]
    let outputs: [Tensor]

    /// A tensor: -1 stands for any number of rows.
    struct Tensor: Encodable {
        let name: String
        let datatype: String
        let shape: [Int]
    }
}

/// A problem document, with the member that clients of the Open Inference Protocol read.
struct InferenceProblem<Document: Encodable>: Encodable {
    let document: Document
    /// `nil` for other clients.
    let error: String?

    private enum CodingKeys: CodingKey { case error }

    func encode(to encoder: any Encoder) throws {
        try document.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encodeIfPresent(error, forKey: .error)
    }
}
