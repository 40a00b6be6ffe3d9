/// A tree of digests (Merkle's), so that one signature of its root signs many answers.
///
/// A leaf is the digest of an answer, behind a line of its own from label 3 on (RFC 6962): no answer can be taken for a node. Above two
/// neighbours stands the digest of another line, the left one and the right one; a node without a neighbour rises as it is, so the root
/// of one leaf is that leaf, and that of none the hash of nothing (RFC 6962). Who has an answer and its path computes the root, and learns no
/// more of the other answers than digests.
public struct DigestTree: Sendable {
    /// Bytes of a digest.
    public static let digestLength = 32
    /// Maximum number of steps of a path, more than any batch needs.
    private static let stepLimit = 32

    /// The leaves, and above them level by level up to the root alone.
    private let levels: [[[UInt8]]]

    /// Builds the tree.
    ///
    /// - Parameters:
    ///   - leaves: See ``leaf(of:_:hash:)``.
    ///   - label: Says what is hashed before two nodes.
    ///   - hash: The SHA-256 of bytes.
    public init(_ leaves: [[UInt8]], _ label: WireLabel, hash: ([UInt8]) -> [UInt8]) {
        let mark = label.nodeMark
        var (levels, level) = ([leaves], leaves)
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { left in
                left + 1 < level.count ? hash(mark + level[left] + level[left + 1]) : level[left]
            }
            levels.append(level)
        }
        self.levels = levels
        root = level.first ?? hash([])
    }

    /// The leaf of an answer.
    ///
    /// - Parameters:
    ///   - body: The answer.
    ///   - label: Says what is hashed before it.
    ///   - hash: The SHA-256 of bytes.
    public static func leaf(
        of body: some Sequence<UInt8>,
        _ label: WireLabel,
        hash: ([UInt8]) -> [UInt8]
    ) -> [UInt8] {
        hash(label.leafMark + body)
    }

    /// The digest that is signed.
    public let root: [UInt8]

    /// The way from a leaf to the root: for each neighbour on it a byte, 0 where it stands on the left and 1 where on the right, and
    /// its digest. Empty for a tree of one leaf, and where there is no such leaf.
    public func path(of leaf: Int) -> [UInt8] {
        guard levels[0].indices.contains(leaf) else { return [] }
        var (path, place) = ([UInt8](), leaf)
        path.reserveCapacity(levels.count * (1 + Self.digestLength))
        for level in levels {
            let neighbour = place ^ 1
            if neighbour < level.count {
                path.append(neighbour < place ? 0 : 1)
                path += level[neighbour]
            }
            place /= 2
        }
        return path
    }

    /// The root of the tree that has this leaf at the end of this path.
    ///
    /// - Parameters:
    ///   - leaf: The leaf of an answer.
    ///   - path: The way from it to the root, see ``path(of:)``.
    ///   - label: Says what is hashed before two nodes.
    ///   - hash: The SHA-256 of bytes.
    /// - Returns: `nil` where the bytes are no path.
    public static func root(
        above leaf: [UInt8],
        along path: some RandomAccessCollection<UInt8>,
        _ label: WireLabel,
        hash: ([UInt8]) -> [UInt8]
    ) -> [UInt8]? {
        let step = 1 + digestLength
        guard path.count % step == 0, path.count / step <= stepLimit else { return nil }
        let mark = label.nodeMark
        var (node, rest) = (leaf, path[...])
        while let side = rest.first {
            let neighbour = rest.dropFirst().prefix(digestLength)
            switch side {
            case 0: node = hash(mark + neighbour + node)
            case 1: node = hash(mark + node + neighbour)
            default: return nil
            }
            rest = rest.dropFirst(step)
        }
        return node
    }
}

extension WireLabel {
    /// What is hashed before an answer. Of label 2 it is nothing, which is safe for one reason alone: no answer begins as a node does,
    /// for a safetensors would have to be longer than memory, and JSON begins with `{`.
    fileprivate var leafMark: [UInt8] {
        switch self {
        case .two: []
        case .three: Self.leafMark3
        }
    }

    /// What is hashed before two nodes.
    fileprivate var nodeMark: [UInt8] {
        switch self {
        case .two: Self.nodeMark2
        case .three: Self.nodeMark3
        }
    }

    private static let leafMark3 = Array("metanetwork/leaf/3\n".utf8)
    private static let nodeMark2 = Array("metanetwork/node/2\n".utf8)
    private static let nodeMark3 = Array("metanetwork/node/3\n".utf8)
}
