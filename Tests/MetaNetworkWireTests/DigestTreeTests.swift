import Testing

@testable import MetaNetworkWire

@Suite("A tree of digests")
struct DigestTreeTests {
    /// FNV-1a with four starts: no digest to trust, but one that the module need not import.
    private func hash(_ bytes: [UInt8]) -> [UInt8] {
        (UInt64(1)...4).flatMap { start -> [UInt8] in
            let sum = bytes.reduce(14_695_981_039_346_656_037 &* start) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
            return (0..<8).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
        }
    }

    @Test("of any size leads from each leaf to its root, and from no other", arguments: WireLabel.allCases)
    func paths(label: WireLabel) {
        for count in 1...70 {
            let leaves = (0..<count).map { hash([UInt8($0)]) }
            let tree = DigestTree(leaves, label, hash: hash)
            for (place, leaf) in leaves.enumerated() {
                let path = tree.path(of: place)
                #expect(DigestTree.root(above: leaf, along: path, label, hash: hash) == tree.root)
                #expect(DigestTree.root(above: hash([99]), along: path, label, hash: hash) != tree.root)
                guard !path.isEmpty else { continue }
                var turned = path
                turned[0] ^= 1
                #expect(DigestTree.root(above: leaf, along: turned, label, hash: hash) != tree.root)
            }
        }
    }

    @Test(
        "of one leaf is that leaf; two are hashed behind a line; a third rises as it is",
        arguments: WireLabel.allCases
    )
    func small(label: WireLabel) {
        let leaves = (0..<3).map { hash([UInt8($0)]) }
        #expect(DigestTree([leaves[0]], label, hash: hash).root == leaves[0])
        #expect(DigestTree([leaves[0]], label, hash: hash).path(of: 0).isEmpty)
        let mark = Array("metanetwork/node/\(label.rawValue)\n".utf8)
        let pair = hash(mark + leaves[0] + leaves[1])
        let tree = DigestTree(leaves, label, hash: hash)
        #expect(tree.root == hash(mark + pair + leaves[2]))
        #expect(tree.path(of: 2) == [0] + pair)
        #expect(tree.path(of: 0) == [1] + leaves[1] + [1] + leaves[2])
    }

    @Test("of no leaf has the hash of nothing as its root, and of a leaf that it lacks an empty path")
    func empty() {
        let tree = DigestTree([], .newest, hash: hash)
        #expect(tree.root == hash([]) && tree.path(of: 0).isEmpty)
        let pair = DigestTree([hash([0]), hash([1])], .newest, hash: hash)
        for leaf in [-1, 2, .max, .min] { #expect(pair.path(of: leaf).isEmpty) }
    }

    @Test("has leaves that no node can be taken for from label 3 on, and of label 2 the digests of the answers")
    func leaves() {
        let body: [UInt8] = [1, 2, 3]
        #expect(DigestTree.leaf(of: body, .two, hash: hash) == hash(body))
        #expect(DigestTree.leaf(of: body, .three, hash: hash) == hash(Array("metanetwork/leaf/3\n".utf8) + body))
        // An answer that is what is hashed for a node would be signed with that node's two answers.
        let (left, right) = (hash([1]), hash([2]))
        for label in WireLabel.allCases {
            let node = DigestTree([left, right], label, hash: hash).root
            let posing = Array("metanetwork/node/\(label.rawValue)\n".utf8) + left + right
            #expect((DigestTree.leaf(of: posing, label, hash: hash) == node) == (label == .two))
        }
    }

    @Test("takes nothing for a path that is none")
    func noPath() {
        let leaf = hash([1])
        let long = [[UInt8]](repeating: [0] + leaf, count: 33).flatMap { $0 }
        for path in [[0], [2] + leaf, [0] + leaf + [1], long] {
            #expect(DigestTree.root(above: leaf, along: path, .newest, hash: hash) == nil)
        }
    }
}
