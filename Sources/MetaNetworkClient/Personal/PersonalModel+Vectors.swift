import Foundation
import MetaNetwork
import MetaNetworkDevice

/// Asking a model over feature vectors, windows of them, or images.
extension PersonalModel {
    /// A class with the probability that the input is of it.
    public struct ClassProbability: Sendable, Equatable {
        /// Name of the class.
        public let name: String
        /// From 0 to 1.
        public let probability: Float
    }

    /// The classes of an input, the likeliest first; of equal ones in order of the model's outputs.
    ///
    /// ```swift
    /// let digit = try await model.classify(pixels)[0].name
    /// await model.record(pixels)  // a sample for the next personal weights; no label is needed
    /// ```
    ///
    /// - Parameter input: As for ``outputs(of:)``.
    /// - Throws: ``ClientError/invalidInput(reason:)`` where the input has another size or the model tells no classes.
    public func classify(_ input: [Float]) throws(ClientError) -> [ClassProbability] {
        let names = try base.kind.classNames(of: base.manifest.name)
        return Self.classes(try self.outputs(of: input), names)
    }

    /// Classes by their logits, the likeliest first.
    static func classes(_ logits: [Float], _ names: [String]) -> [ClassProbability] {
        let probabilities = Softmax.probabilities(logits)
        let order = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
        return order.map { ClassProbability(name: names[$0], probability: probabilities[$0]) }
    }

    /// What the model makes of an input: logits of classes, or the values that it predicts, in the order of
    /// ``outputNames``.
    ///
    /// It never waits for the network: without new weights the old ones are used, without any the base model's.
    ///
    /// - Parameter input: One vector; a window of vectors, oldest first; or an image channel by channel, each row by row. Where the
    ///   model has several inputs, what ``input(_:)`` makes of them.
    /// - Throws: ``ClientError/invalidInput(reason:)`` where the input has another size, a value is not finite, or the model
    ///   ranks items.
    public func outputs(of input: [Float]) throws(ClientError) -> [Float] {
        retireWhenPast()
        do {
            return try base.device.outputs(of: input)
        } catch {
            throw .invalidInput(reason: error.description)
        }
    }

    /// The input of a model that has several, from what is known of each: what ``outputs(of:)``, ``classify(_:)`` and
    /// `record(_:)` read.
    ///
    /// ```swift
    /// let input = try await model.input(["accelerometer": .values(readings), "question": "which arm?"])
    /// let answer = try await model.classify(input)[0].name
    /// ```
    ///
    /// - Parameter values: By name of the input in the architecture. What is not there is missing: the model has the mean of its
    ///   training data in its place where it standardizes that input, else zeros; an unknown or missing token is a vector of zeros.
    /// - Throws: ``ClientError/invalidInput(reason:)`` where a name is none of the model's inputs, what is given does not fit, nothing
    ///   is given, or the model ranks items and reads nothing else.
    public func input(_ values: [String: InputValue]) throws(ClientError) -> [Float] {
        do { return try base.device.row(of: values) } catch { throw .invalidInput(reason: error.description) }
    }

    /// Names of the classes or of the values that the model gives; empty where it ranks items.
    public var outputNames: [String] { base.kind.outputNames }
}

enum Softmax {
    /// Probabilities of logits; all alike where a logit is NaN.
    static func probabilities(_ logits: [Float]) -> [Float] {
        guard let largest = logits.max() else { return [] }
        let powers = logits.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        guard sum.isFinite, sum > 0 else { return logits.map { _ in 1 / Float(logits.count) } }
        return powers.map { $0 / sum }
    }
}
