import Testing

@testable import MetaNetworkTraining

@Suite("The tree of pieces")
struct PieceTreeTests {
    /// What is added to what, as text.
    private func order(_ pieces: Int, _ ranks: Int) -> String {
        let tree = PieceTree(pieces: pieces, ranks: ranks)
        var sums: [Range<Int>: String] = [:]
        for rank in 0..<ranks {
            for node in tree.subtrees(of: rank) {
                let sum: String = PieceTree.sum(node, known: { $0.count == 1 ? "\($0.lowerBound)" : nil }) {
                    "(\($0)+\($1))"
                }
                sums[node] = sum
            }
        }
        return PieceTree.sum(0..<pieces, known: { sums[$0] }) { "(\($0)+\($1))" }
    }

    @Test("adds in one order on any number of ranks")
    func orders() {
        #expect(order(4, 1) == "((0+1)+(2+3))")
        #expect(order(5, 1) == "(((0+1)+2)+(3+4))")
        for pieces in 1...17 {
            for ranks in 2...20 {
                #expect(order(pieces, ranks) == order(pieces, 1), "\(pieces) pieces, \(ranks) ranks")
            }
        }
    }

    @Test("deals every piece to one rank, and no rank more than one above its share")
    func shares() {
        for pieces in 1...17 {
            for ranks in 1...20 {
                let tree = PieceTree(pieces: pieces, ranks: ranks)
                let dealt = (0..<ranks).map { tree.pieces(of: $0) }
                #expect(dealt.flatMap { Array($0) } == Array(0..<pieces))
                #expect(dealt.allSatisfy { $0.count <= (pieces + ranks - 1) / ranks })
                for (rank, own) in dealt.enumerated() {
                    #expect(tree.subtrees(of: rank).flatMap { Array($0) } == Array(own))
                }
            }
        }
    }

    @Test("has a rank send one sum where the pieces divide evenly into powers of two")
    func messages() {
        for ranks in [1, 2, 4, 8] {
            let tree = PieceTree(pieces: 8, ranks: ranks)
            for rank in 0..<ranks { #expect(tree.subtrees(of: rank).count == 1) }
        }
    }
}
