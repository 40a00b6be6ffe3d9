import Foundation
import MetaNetwork

/// A larger model that answers inputs in the cloud.
///
/// The service calls ``outputs(of:)`` from one thread at a time and never from an event loop.
public protocol AnswerProvider: Sendable {
    /// The version's manifest.
    var manifest: BundleManifest { get }
    /// Values of an input.
    var inputCount: Int { get }

    /// Answers several inputs at once.
    ///
    /// - Parameter inputs: Inputs of ``inputCount`` finite values each.
    /// - Returns: The outputs, input by input.
    func outputs(of inputs: [[Float]]) throws -> [Float]
}

/// Makes an answering model of a bundle's folder; throws what is wrong with the bundle.
public typealias AnswererLoader = @Sendable (_ bundle: URL) throws -> any AnswerProvider
