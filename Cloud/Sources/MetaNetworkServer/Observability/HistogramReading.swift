/// What a histogram held at one moment, or took in between two.
public struct HistogramReading: Sendable, Equatable {
    /// Upper bounds of the buckets but the last, ascending.
    public let bounds: [Double]
    /// Values in each bucket; the last has those above all bounds.
    public var counts: [Int]
    /// Sum of the values.
    public var sum: Double

    /// Creates an empty reading.
    public init(bounds: [Double]) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
        sum = 0
    }

    /// Number of values.
    public var count: Int { counts.reduce(0, +) }

    /// Mean of the values; `nil` where there is none.
    public var mean: Double? { count == 0 ? nil : sum / Double(count) }

    /// Takes one value.
    public mutating func record(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// Takes the values of another one with the same bounds.
    public mutating func add(_ other: HistogramReading) {
        for (place, count) in other.counts.enumerated() where place < counts.count { counts[place] += count }
        sum += other.sum
    }

    /// What came in since an earlier reading; all of it where the bounds differ.
    public func since(_ earlier: HistogramReading) -> HistogramReading {
        guard earlier.bounds == bounds else { return self }
        var difference = self
        for (place, count) in earlier.counts.enumerated() { difference.counts[place] -= count }
        difference.sum -= earlier.sum
        return difference
    }

    /// The value below which a part of the values lies, as near as the buckets tell.
    ///
    /// - Parameter part: From 0 to 1.
    /// - Returns: `nil` where there is no value; the highest bound where it lies above.
    public func quantile(_ part: Double) -> Double? {
        let wanted = part * Double(count)
        guard wanted > 0 else { return nil }
        var below = 0
        for (place, bound) in bounds.enumerated() {
            let inside = counts[place]
            if inside > 0, Double(below + inside) >= wanted {
                let lower = place == 0 ? 0 : bounds[place - 1]
                return lower + (bound - lower) * (wanted - Double(below)) / Double(inside)
            }
            below += inside
        }
        return bounds.last
    }
}
