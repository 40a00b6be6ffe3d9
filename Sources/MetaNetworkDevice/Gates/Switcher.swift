import MetaNetwork

/// Foresees whether a device's own answer will do, or a larger model in the cloud would say something else (DMD, arXiv 2410.12165):
/// what a device asks before it asks the cloud.
///
/// ```
/// φ = s ⊕ o ⊕ (o₁ − o₂)                s: what stands for the input, o: the device's outputs, o₁ and o₂: the two largest of them
/// d = −(w · relu(W φ + b) + c)         the doubt: larger where the two models are likelier to disagree
/// ```
///
/// The paper says that both models teach it and no human does; what it reads and its 32 units are ours. Reading 12 values of which the
/// device tells 7 classes, it has 705 values (4 kB with its scales, once) and a decision costs 672 multiply-adds.
public struct Switcher: Sendable {
    /// Doubts of validation, of ``doubt(sample:outputs:)``.
    public let doubts: ScoreScale
    /// Negative margins of validation, of ``margin(of:)``: what a switcher is to be measured against, as it costs nothing.
    public let margins: ScoreScale
    /// Values of φ.
    public let inputWidth: Int
    private let hidden: GateLayer
    private let output: GateLayer

    /// Units of the hidden layer.
    public static let width = 32
    private static let doubts = "doubts"
    private static let margins = "margins"

    /// Reads a switcher.
    ///
    /// - Parameters:
    ///   - weights: The tensors of ``shapes(inputWidth:)`` and nothing else.
    ///   - inputWidth: Values of φ.
    public init(_ weights: Weights, inputWidth: Int) throws(RequestGateError) {
        let tensors = try GateTensors(weights, Self.shapes(inputWidth: inputWidth))
        self.inputWidth = inputWidth
        (hidden, output) = (tensors.layer("hidden"), tensors.layer("output"))
        doubts = try ScoreScale(steps: tensors.values(Self.doubts))
        margins = try ScoreScale(steps: tensors.values(Self.margins))
    }

    /// Reads the switcher of a model.
    ///
    /// - Parameters:
    ///   - weights: The tensors of ``shapes(inputWidth:)`` and nothing else.
    ///   - graph: The device's model.
    public init(_ weights: Weights, of graph: ModelGraph) throws(RequestGateError) {
        try self.init(weights, inputWidth: Self.inputWidth(graph))
    }

    private static func inputWidth(_ graph: ModelGraph) -> Int { graph.sampleWidth + graph.outputWidth + 1 }

    /// Multiply-adds of a decision about an input of a model.
    public static func multiplyAdds(for graph: ModelGraph) -> Int { multiplyAdds(reading: inputWidth(graph)) }

    private static func multiplyAdds(reading count: Int) -> Int { (count + 1) * width }

    /// The tensors of a switcher, layers as inputs × outputs.
    ///
    /// - Parameter inputWidth: Values of φ.
    public static func shapes(inputWidth: Int) -> [(name: String, shape: [Int])] {
        GateLayer.shapes("hidden", inputWidth, width) + GateLayer.shapes("output", width, 1)
            + [(doubts, [101]), (margins, [101])]
    }

    /// Multiply-adds of a decision.
    public var multiplyAdds: Int { Self.multiplyAdds(reading: inputWidth) }

    /// φ of an input.
    public static func reading(sample: [Float], outputs: [Float]) -> [Float] {
        sample + outputs + [margin(of: outputs)]
    }

    /// By how much the largest output exceeds the second; 0 where there are not two.
    public static func margin(of outputs: [Float]) -> Float {
        var (first, second) = (-Float.infinity, -Float.infinity)
        for value in outputs { (first, second) = (max(first, value), max(second, min(first, value))) }
        return outputs.count > 1 ? first - second : 0
    }

    /// How likely the cloud's model says something else: a logit.
    ///
    /// - Parameters:
    ///   - sample: What stands for the input.
    ///   - outputs: What the device's model makes of it.
    /// - Returns: `nil` for values of another width, or where the doubt is not finite.
    public func doubt(sample: [Float], outputs: [Float]) -> Float? {
        let reading = Self.reading(sample: sample, outputs: outputs)
        guard reading.count == inputWidth else { return nil }
        let doubt = -output.outputs(of: hidden.outputs(of: reading).map { max($0, 0) })[0]
        return doubt.isFinite ? doubt : nil
    }
}
