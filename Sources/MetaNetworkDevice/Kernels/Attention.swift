/// Attention of one query row on the samples: for each head, softmax(q·memoryᵀ)·memory.
///
/// Keys and values are never formed. The query was carried through the key's weights and the result will be carried through
/// the value's, `q·(x·K)ᵀ = (q·Kᵀ)·xᵀ`: with few queries that is less work.
struct Attention {
    let memory: UnsafePointer<Lanes>
    let samples: Int
    let heads: Int
    /// Lanes of a memory row, and of the query and the result for each head.
    let lanes: Int

    func apply(_ query: UnsafePointer<Lanes>, _ out: UnsafeMutablePointer<Lanes>) {
        for head in 0..<heads {
            attend(query + head * lanes, out + head * lanes)
        }
    }

    /// Eight samples at a time with a running maximum, so that no row of scores has to be kept.
    @inline(__always)
    private func attend(_ query: UnsafePointer<Lanes>, _ out: UnsafeMutablePointer<Lanes>) {
        out.update(repeating: Lanes(), count: lanes)
        var maximum = -Float.infinity
        var total = Lanes()
        for first in stride(from: 0, to: samples, by: Lanes.scalarCount) {
            let count = min(Lanes.scalarCount, samples - first)
            var scores = Lanes(repeating: -.infinity)
            for place in 0..<count {
                scores[place] = Lanes.dot(query, memory + (first + place) * lanes, lanes)
            }
            let next = max(maximum, scores.largest)
            if first > 0 {
                let kept = Lanes.exp(Lanes(repeating: maximum - next))
                total *= kept
                for lane in 0..<lanes { out[lane] *= kept }
            }
            let factors = Lanes.exp(scores - next)
            total += factors
            for place in 0..<count {
                let row = memory + (first + place) * lanes
                for lane in 0..<lanes { out[lane] += row[lane] * factors[place] }
            }
            maximum = next
        }
        let factor = 1 / total.total
        for lane in 0..<lanes { out[lane] *= factor }
    }
}
