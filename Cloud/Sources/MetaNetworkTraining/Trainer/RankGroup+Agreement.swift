import Foundation
import Torch

extension RankGroup {
    /// Checks that all ranks were given the same.
    ///
    /// - Parameter facts: What this one was given, by name, what tells most first.
    /// - Throws: `RankError.different`, on all ranks alike, which names the first rank that differs from rank 0, and in what; `RankError.lost`.
    package func agree(on facts: [(name: String, value: String)]) throws {
        guard size > 1 else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let names = facts.map { $0.name }
        let own = [UInt8](try encoder.encode(Dictionary(uniqueKeysWithValues: facts.map { ($0.name, $0.value) })))
        var first: [String: String] = [:]
        for rank in 0..<size {
            let bytes = try broadcast(own, from: rank)
            let given = try JSONDecoder().decode([String: String].self, from: Data(bytes))
            if rank == 0 { first = given }
            let others = Set(first.keys).union(given.keys).subtracting(names).sorted()
            for name in names + others where given[name] != first[name] {
                throw RankError.different(
                    "rank \(rank) has \(name) \(given[name] ?? "unset"), and rank 0 has \(first[name] ?? "unset"): ranks work together, so give all "
                        + "of them the same data, settings and version of the tool; to work apart, unset the variables that number them"
                )
            }
        }
    }
}
