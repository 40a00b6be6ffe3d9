/// The contents of a histogram at one moment, or what it recorded between two.
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

    /// Records a value.
    public mutating func record(_ value: Double) {
        // Behind the last bound where there is none that is large enough.
        counts[bounds.prefix { !(value <= $0) }.count] += 1
        sum += value
    }

    /// Adds the values of another reading with the same bounds.
    public mutating func add(_ other: HistogramReading) {
        precondition(other.bounds == bounds, "the histograms have other bounds")
        for (index, count) in other.counts.enumerated() { counts[index] += count }
        sum += other.sum
    }

    /// What came in since an earlier reading; all of it where the bounds differ.
    public func since(_ earlier: HistogramReading) -> HistogramReading {
        guard earlier.bounds == bounds else { return self }
        var difference = self
        for (index, count) in earlier.counts.enumerated() { difference.counts[index] -= count }
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
        for (index, bound) in bounds.enumerated() {
            let inside = counts[index]
            if inside > 0, Double(below + inside) >= wanted {
                let lower = index == 0 ? 0 : bounds[index - 1]
                return lower + (bound - lower) * (wanted - Double(below)) / Double(inside)
            }
            below += inside
        }
        return bounds.last
    }
}
