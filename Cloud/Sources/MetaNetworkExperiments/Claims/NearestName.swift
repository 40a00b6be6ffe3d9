import MetaNetworkData

/// The name that was probably meant.
enum NearestName {
    /// `did you mean 'gate'?` where a name is near, what is known where none is.
    static func hint(_ name: String, among known: [String], plural: String) -> String {
        if let near = EditDistance.nearest(to: name, among: known) { return "did you mean '\(known[near])'?" }
        return known.isEmpty ? "there are no \(plural)" : "\(plural): \(known.joined(separator: ", "))"
    }
}
