import MetaNetworkData

/// The name that was probably meant.
enum NearestName {
    /// `did you mean 'gate'?` where a name is near, what is known where none is.
    static func hint(_ name: String, among known: [String], plural: String) -> String {
        let near = known.map { ($0, EditDistance.between($0, name)) }.min { $0.1 < $1.1 }
        // Further away, short names all resemble each other.
        if let near, near.1 <= max(1, name.count / 3) { return "did you mean '\(near.0)'?" }
        return known.isEmpty ? "there are no \(plural)" : "\(plural): \(known.joined(separator: ", "))"
    }
}
