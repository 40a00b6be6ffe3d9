import Foundation
import MetaNetworkWire

/// One loaded version of a model that ranks items, for clients that cannot run it: what a device would rank with weights that were made
/// of the history a moment ago.
///
/// The service calls ``rank(_:)`` from one thread at a time and never from an event loop.
public protocol RankingProvider: Sendable {
    /// Ranks for one user.
    ///
    /// - Throws: ``RankingInputError`` where the model cannot read the user's context.
    func rank(_ question: RankingQuestion) throws -> Ranking
}

/// What is to be ranked, and for whom.
public struct RankingQuestion: Sendable {
    /// What the client sent.
    public var request: RankingRequest
    /// Whether the base model ranks, whatever the history.
    public var usesBase: Bool

    /// Creates a question.
    public init(_ request: RankingRequest, usesBase: Bool = false) {
        (self.request, self.usesBase) = (request, usesBase)
    }
}

/// The items for one user.
public struct Ranking: Sendable {
    /// The items, best first; without a score those that the version does not know.
    public var items: [RankingAnswer.Item]
    /// Whether weights that were made of the history ranked, and not the base model's.
    public var isPersonal: Bool
    /// Samples of the history that the version knows.
    public var knownSamples: Int

    /// Creates a ranking.
    public init(items: [RankingAnswer.Item], isPersonal: Bool, knownSamples: Int) {
        (self.items, self.isPersonal, self.knownSamples) = (items, isPersonal, knownSamples)
    }
}

/// What of a user's context the model cannot read.
public struct RankingInputError: Error {
    /// The input that is at fault; `nil` where it is the whole context.
    public let input: String?
    /// What is wrong.
    public let reason: String

    /// Creates an error.
    public init(input: String?, reason: String) { (self.input, self.reason) = (input, reason) }
}

/// Makes what ranks of a bundle's folder; throws what is wrong with the bundle.
public typealias RankingLoader = @Sendable (_ bundle: URL) throws -> any RankingProvider
