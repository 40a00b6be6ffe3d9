/// Why processes cannot work together.
public enum RankError: Error, Sendable, CustomStringConvertible {
    /// The environment does not say, or says wrongly, which rank this process is.
    case badPlace(String)
    /// Ranks were given different data, settings or versions of the tool.
    case different(String)
    /// Another rank did not come, or is gone.
    case lost(String)
    /// The work of another rank failed, which says itself why.
    case failed(String)

    /// The message.
    public var description: String {
        switch self {
        case .badPlace(let text), .different(let text), .lost(let text), .failed(let text): text
        }
    }
}
