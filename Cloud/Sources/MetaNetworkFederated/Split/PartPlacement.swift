import MetaNetwork

/// Finds a device for each part of a discriminator, of those that a client has.
struct PartPlacement {
    /// Parameters of each part.
    let sizes: [Int]
    /// Parameters that each device has room for.
    let rooms: [Int]
    /// How often as long as the fastest device each takes.
    let factors: [Double]
    /// Seconds of a step, of parts that are placed already.
    let seconds: ([Int?]) -> Double

    /// All placements for which there is room: devices ordered by their speed, then the placements of the first part before those of the
    /// next. As many as devices to the power of parts at most.
    var all: [[Int]] {
        let order = factors.indices.sorted { (factors[$0], $0) < (factors[$1], $1) }
        var found: [[Int]] = [[]]
        for _ in sizes { found = found.flatMap { begun in order.map { begun + [$0] } } }
        return found.filter(hasRoom)
    }

    private func hasRoom(_ placement: [Int]) -> Bool {
        var left = rooms
        for (part, device) in placement.enumerated() {
            guard sizes[part] <= left[device] else { return false }
            left[device] -= sizes[part]
        }
        return true
    }

    /// A placement.
    ///
    /// - Parameters:
    ///   - placing: How.
    ///   - random: Source of what is drawn by lot.
    ///   - client: What errors call the client.
    /// - Throws: ``FederatedError`` where there is no room, or parts have no device of their own each.
    func chosen(
        _ placing: SplitPlan.Placing,
        random: inout SeededGenerator,
        client: String
    ) throws(FederatedError) -> [Int] {
        let all = self.all
        guard let first = all.first else { throw noRoom(client) }
        switch placing {
        case .optimal: return all.min { seconds($0) < seconds($1) } ?? first
        case .greedy: return greedy(all)
        case .bySpeed: return all.first(where: goesOn) ?? first
        case .random: return all[random.index(below: all.count)]
        case .onePartEach:
            guard let apart = all.first(where: { Set($0).count == sizes.count }) else {
                throw FederatedError(
                    "\(client) has \(factors.count) devices, and one-part-each needs \(sizes.count) with room for a part each; give "
                        + "--client-devices \(sizes.count) or more, more room (--capacities), or another --placement"
                )
            }
            return apart
        }
    }

    /// Whether no part is on a faster device than the part before it.
    private func goesOn(_ placement: [Int]) -> Bool {
        zip(placement, placement.dropFirst()).allSatisfy { (factors[$0], $0) <= (factors[$1], $1) }
    }

    /// The largest part first, each where a step takes least with those that are placed, and the others find room; then parts are moved, alone
    /// or with their neighbours, as long as that makes a step shorter.
    private func greedy(_ all: [[Int]]) -> [Int] {
        var placed = [Int?](repeating: nil, count: sizes.count)
        for part in sizes.indices.sorted(by: { (sizes[$1], $0) < (sizes[$0], $1) }) {
            let possible = Set(
                all.filter { whole in placed.enumerated().allSatisfy { $1 == nil || $1 == whole[$0] } }.map { $0[part] }
            )
            func cost(_ device: Int) -> Double {
                placed[part] = device
                defer { placed[part] = nil }
                return seconds(placed)
            }
            placed[part] = possible.sorted().map { ($0, cost($0)) }.min { $0.1 < $1.1 }?.0
        }
        var best = placed.compactMap(\.self)
        precondition(best.count == sizes.count, "a part finds room where all of them do")
        while let better = moves(of: best).min(by: { seconds($0) < seconds($1) }), seconds(better) < seconds(best) {
            best = better
        }
        return best
    }

    /// Placements with some parts that follow each other on one device: where links are slow, a part alone would not leave the others.
    private func moves(of placement: [Int]) -> [[Int]] {
        var moves: [[Int]] = []
        for first in placement.indices {
            for end in (first + 1)...placement.count {
                for device in factors.indices {
                    var other = placement
                    for part in first..<end { other[part] = device }
                    moves.append(other)
                }
            }
        }
        return moves.filter(hasRoom)
    }

    private func noRoom(_ client: String) -> FederatedError {
        let most = rooms.max() ?? 0
        if let part = sizes.indices.first(where: { sizes[$0] > most }) {
            return FederatedError(
                "part \(ImageNetworks.names[part]) has \(sizes[part]) parameters, and the devices of \(client) have room for \(most) at most; "
                    + "raise --capacities, or make parts smaller (--part-channels)"
            )
        }
        let parts = zip(ImageNetworks.names, sizes).map { "\($0) \($1)" }.joined(separator: ", ")
        return FederatedError(
            "the devices of \(client) have room for \(rooms.map(String.init).joined(separator: ", ")) parameters, into which the parts do not "
                + "fit together (\(parts)); raise --capacities, or give more --client-devices"
        )
    }
}
