/// Lets people try a served model as a device would use it: rank before and after parameters were generated.
public protocol DashboardTrial: Sendable {
    /// Items to choose from, the most suitable first.
    ///
    /// - Parameters:
    ///   - text: What was typed: a part of a title or a raw id; empty asks for items to begin with.
    ///   - limit: Maximum number of items.
    ///   - version: The version to try: one that the service has loaded, so that loading it once more can do no harm.
    /// - Throws: ``TrialError`` where the version has no items.
    func items(matching text: String, limit: Int, in version: BundleID) async throws -> [TrialItem]

    /// Ranks for a history, with the base model and with generated parameters.
    ///
    /// - Parameters:
    ///   - history: Raw ids, oldest first; one at least.
    ///   - version: The version to try, as above.
    /// - Throws: ``TrialError`` where the history cannot be used.
    func rank(history: [String], in version: BundleID) async throws -> Trial
}

/// An item as people see it.
public struct TrialItem: Codable, Sendable, Equatable {
    /// Raw id.
    public var item: String
    /// Its title; the raw id where it has none.
    public var title: String

    /// Creates an item.
    public init(item: String, title: String) {
        self.item = item
        self.title = title
    }
}

/// The rankings for a history.
public struct Trial: Codable, Sendable, Equatable {
    /// The history with its titles, oldest first.
    public var history: [TrialItem]
    /// The first items of the base model's ranking.
    public var base: [TrialItem]
    /// The first items of the personal model's ranking.
    public var personal: [TrialItem]
    /// Bytes of the request for parameters.
    public var uploadBytes: Int
    /// Bytes of the answer: the generated weights.
    public var answerBytes: Int

    /// Creates an outcome.
    public init(history: [TrialItem], base: [TrialItem], personal: [TrialItem], uploadBytes: Int, answerBytes: Int) {
        self.history = history
        self.base = base
        self.personal = personal
        self.uploadBytes = uploadBytes
        self.answerBytes = answerBytes
    }
}

/// Why a history cannot be used: what is wrong and how to fix it.
public struct TrialError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and how to fix it.
    public let description: String

    /// Creates an error.
    public init(_ description: String) { self.description = description }
}
