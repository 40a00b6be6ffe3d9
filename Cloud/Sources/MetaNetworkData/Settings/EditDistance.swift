/// Levenshtein's distance: the fewest characters to insert, drop or replace.
package enum EditDistance {
    package static func between(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let cost = min(diagonal + (character == right[column] ? 0 : 1), row[column] + 1, row[column + 1] + 1)
                diagonal = row[column + 1]
                row[column + 1] = cost
            }
        }
        return row[right.count]
    }

    /// The index of the name that was probably meant, the first of equals; `nil` where none is near: further away, short names all
    /// resemble each other.
    package static func nearest(to name: String, among known: [String]) -> Int? {
        let distances = known.map { between($0, name) }
        guard let least = distances.min(), least <= max(1, name.count / 3) else { return nil }
        return distances.firstIndex(of: least)
    }
}
