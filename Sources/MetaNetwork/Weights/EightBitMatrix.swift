/// A matrix as bytes: each column has a scale, `value ≈ integer · scale` with integers from -127 to 127.
///
/// The error of a value is at most half its column's scale, that is 1/254 of the column's largest magnitude.
struct EightBitMatrix {
    var integers: [Int8]
    /// One for each column (the last dimension).
    var scales: [Float]

    /// What the tensor that holds the scales is called.
    static func scaleName(of name: String) -> String { "\(name).scale" }

    /// Rounds a tensor of two or more dimensions.
    init(rounding tensor: WeightTensor) {
        let columns = max(1, tensor.shape.last ?? 1)
        var largest = [Float](repeating: 0, count: columns)
        for (index, value) in tensor.values.enumerated() {
            largest[index % columns] = max(largest[index % columns], value.magnitude)
        }
        let scales = largest.map { $0 / 127 }
        self.scales = scales
        integers = tensor.values.enumerated().map { index, value in
            let scale = scales[index % columns]
            // A column of zeros has the scale 0; values that are infinite or NaN are refused before.
            return scale > 0 ? Int8((value / scale).rounded().clamped(to: -127...127)) : 0
        }
    }

    /// The values of bytes as they are in a file.
    static func values(integers: [Float], scales: [Float]) -> [Float] {
        integers.enumerated().map { index, value in value * scales[index % scales.count] }
    }
}

extension Float {
    fileprivate func clamped(to range: ClosedRange<Float>) -> Float {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
