import MetaNetwork

/// The visual prompt of a model over vectors: one tensor of the input's shape that is added to every input before everything else
/// (U-VPA, arXiv 2212.00972).
///
/// It adapts a model to a domain without a new weight, comes from the cloud with a version, and needs no layer of the
/// architecture. See ``DeviceModel/usePrompt(_:)``.
public enum InputPrompt {
    /// Name of the tensor that holds it in a bundle's file of role `prompt`.
    public static let tensor = "prompt"

    /// The values of a prompt, from the tensors of its file.
    ///
    /// - Parameters:
    ///   - weights: One tensor, ``tensor``, of the shape `ModelGraph.Shape.axes` of the model's input.
    ///   - graph: The model.
    /// - Returns: As many values as the input has, in the input's order.
    /// - Throws: ``DeviceModelError`` where the model ranks items or has several inputs, or the tensor is missing, not alone, of another shape or not finite.
    public static func values(in weights: Weights, of graph: ModelGraph) throws(DeviceModelError) -> [Float] {
        let shape = try shape(of: graph).axes
        guard let prompt = weights[tensor] else { throw .missingTensor(tensor) }
        guard prompt.shape == shape else { throw .wrongShape(tensor, expected: shape, found: prompt.shape) }
        guard prompt.values.allSatisfy(\.isFinite) else { throw .notFinite(tensor) }
        if let other = weights.names.first(where: { $0 != tensor }) { throw .unexpectedTensor(other) }
        return prompt.values
    }

    /// The tensors of a prompt's file; the inverse of ``values(in:of:)``.
    ///
    /// - Throws: ``DeviceModelError`` where the model ranks items or has several inputs, or the values are not as many as its input's, or not finite.
    public static func weights(_ values: [Float], of graph: ModelGraph) throws(DeviceModelError) -> Weights {
        let shape = try check(values, of: graph)
        do { return Weights([tensor: try WeightTensor(shape: shape.axes, values: values)]) } catch {
            throw .wrongPrompt(expected: shape.count, found: values.count)
        }
    }

    /// Checks the values of a prompt.
    ///
    /// - Returns: The shape of the model's input.
    @discardableResult
    static func check(_ values: [Float], of graph: ModelGraph) throws(DeviceModelError) -> ModelGraph.Shape {
        let shape = try shape(of: graph)
        guard values.count == shape.count else { throw .wrongPrompt(expected: shape.count, found: values.count) }
        if let place = values.firstIndex(where: { !$0.isFinite }) { throw .promptNotFinite(place) }
        return shape
    }

    private static func shape(of graph: ModelGraph) throws(DeviceModelError) -> ModelGraph.Shape {
        guard let shape = graph.onlyShape else { throw .takesNoPrompt(graph.architecture.name) }
        return shape
    }
}

extension DeviceModel {
    /// Adds a tensor to every input from now on, before everything else: ``outputs(of:)``, ``sample(of:)`` and
    /// ``uncertainty(of:)`` all see the sum. What swaps dynamic layers leaves it alone.
    ///
    /// - Parameter values: As many as the input has, in the input's order, finite: an image channel by channel, a window oldest vector
    ///   first. `nil` takes the prompt away.
    /// - Throws: ``DeviceModelError`` where they have another number, are not finite, or the model ranks items; the prompt is then
    ///   as it was.
    /// - Complexity: One addition for each value of an input, and no memory, at each call that reads one.
    public mutating func usePrompt(_ values: [Float]?) throws(DeviceModelError) {
        if let values { try InputPrompt.check(values, of: graph) }
        prompt = values
    }
}
