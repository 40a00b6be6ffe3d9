extension DecodingError {
    /// What is wrong and where, on one line.
    public var message: String {
        func path(_ context: Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
            return path.isEmpty ? "" : " (at \(path.joined(separator: ".")))"
        }
        return switch self {
        case .dataCorrupted(let context): context.debugDescription + path(context)
        case .keyNotFound(let key, let context): "the key '\(key.stringValue)' is missing" + path(context)
        case .typeMismatch(_, let context), .valueNotFound(_, let context): context.debugDescription + path(context)
        @unknown default: "\(self)"
        }
    }
}
