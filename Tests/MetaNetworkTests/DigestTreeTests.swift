import Testing

@testable import MetaNetwork

@Suite("A tree of digests")
struct DigestTreeTests {
    /// FNV-1a with four starts: no digest to trust, but one that the module need not import.
    private func hash(_ bytes: [UInt8]) -> [UInt8] {
        (UInt64(1)...4).flatMap { start -> [UInt8] in
            let sum = bytes.reduce(14_695_981_039_346_656_037 &* start) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
            return (0..<8).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
        }
    }

    @Test("of any size leads from each leaf to its root, and from no other")
    func paths() {
        for count in 1...70 {
            let leaves = (0..<count).map { hash([UInt8($0)]) }
            let tree = DigestTree(leaves, hash: hash)
            for (place, leaf) in leaves.enumerated() {
                let path = tree.path(of: place)
                #expect(DigestTree.root(above: leaf, along: path, hash: hash) == tree.root)
                #expect(DigestTree.root(above: hash([99]), along: path, hash: hash) != tree.root)
                guard !path.isEmpty else { continue }
                var turned = path
                turned[0] ^= 1
                #expect(DigestTree.root(above: leaf, along: turned, hash: hash) != tree.root)
            }
        }
    }

    @Test("of one leaf is that leaf; two are hashed behind the mark; a third rises as it is")
    func small() {
        let leaves = (0..<3).map { hash([UInt8($0)]) }
        #expect(DigestTree([leaves[0]], hash: hash).root == leaves[0])
        #expect(DigestTree([leaves[0]], hash: hash).path(of: 0).isEmpty)
        let mark = Array("metanetwork/node/2\n".utf8)
        let pair = hash(mark + leaves[0] + leaves[1])
        let tree = DigestTree(leaves, hash: hash)
        #expect(tree.root == hash(mark + pair + leaves[2]))
        #expect(tree.path(of: 2) == [0] + pair)
        #expect(tree.path(of: 0) == [1] + leaves[1] + [1] + leaves[2])
    }

    @Test("takes nothing for a path that is none")
    func noPath() {
        let leaf = hash([1])
        #expect(DigestTree.root(above: leaf, along: [0], hash: hash) == nil)
        #expect(DigestTree.root(above: leaf, along: [2] + leaf, hash: hash) == nil)
        #expect(DigestTree.root(above: leaf, along: [0] + leaf + [1], hash: hash) == nil)
        let long = [[UInt8]](repeating: [0] + leaf, count: 33).flatMap { $0 }
        #expect(DigestTree.root(above: leaf, along: long, hash: hash) == nil)
    }
}
