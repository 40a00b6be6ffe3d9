import Crypto
import Foundation

/// How often groups of devices are held out.
public enum FoldCount: Sendable, Equatable {
    /// So many folds, each of about as many groups; ``fewest`` or more.
    case number(Int)
    /// A fold for each group.
    case all

    /// One fold to train, one to validate, one to test.
    public static let fewest = 3
}

/// Which groups of devices train, validate and test. A group is never in two parts.
struct DeviceSplit {
    /// Groups in order of the hash of their names: the same whatever the order of the file.
    private let groups: [String]
    /// Name of the column of groups; `nil` where each device is a group.
    private let column: String?

    /// - Parameters:
    ///   - groups: The group of each device, in any order.
    ///   - column: Name of their column; `nil` where each device is a group.
    init(_ groups: [String], column: String?) {
        func hash(_ name: String) -> String { SHA256.hash(data: Data(name.utf8)).hexadecimal }
        self.groups = Set(groups).sorted { (hash($0), $0) < (hash($1), $1) }
        self.column = column
    }

    /// The part of each group where there are no folds: about 70 % train, 15 % validate, 15 % test.
    func parts() throws(DataError) -> [String: Part] {
        try checkGroups()
        let held = max(1, Int((Double(groups.count) * 0.15).rounded()))
        var parts: [String: Part] = [:]
        for (place, name) in groups.enumerated() {
            parts[name] = place < held ? .test : place < 2 * held ? .validation : .training
        }
        return parts
    }

    /// The part of each group in each fold: the fold's own groups test, those of the next validate, the others train.
    func folds(_ folds: FoldCount) throws(DataError) -> [[String: Part]] {
        guard let column else {
            throw DataError(
                "--folds holds out groups of devices, and no column has groups; name one with --group-column, the column of devices "
                    + "where each is a group"
            )
        }
        try checkGroups()
        let count = if case .number(let count) = folds { count } else { groups.count }
        precondition(count >= FoldCount.fewest, "a fold each trains, validates and tests")
        guard count <= groups.count else {
            throw DataError(
                "\(count) folds are more than the \(groups.count) groups of the column '\(column)' (\(shown)); give --folds \(groups.count) "
                    + "or fewer, or all"
            )
        }
        return (0..<count).map { fold in
            var parts: [String: Part] = [:]
            for (place, name) in groups.enumerated() {
                parts[name] =
                    place % count == fold ? .test : place % count == (fold + 1) % count ? .validation : .training
            }
            return parts
        }
    }

    private func checkGroups() throws(DataError) {
        guard groups.count >= FoldCount.fewest else {
            throw DataError(
                "the column '\(column ?? "device")' has \(groups.count) group\(groups.count == 1 ? "" : "s") (\(shown)); training "
                    + "needs \(FoldCount.fewest): one each to train, validate and test; name another --group-column, or give more data"
            )
        }
    }

    private var shown: String {
        let names = groups.sorted().prefix(10).map { "'\($0)'" }.joined(separator: ", ")
        return groups.count > 10 ? names + ", …" : names
    }
}
