import Foundation
import MetaNetwork

extension ImageShift {
    /// An image as a device with this shift sees it.
    ///
    /// - Parameters:
    ///   - image: Grey values from 0 to 1, row by row.
    ///   - width: Positions of a row.
    ///   - random: Random source, of which noise alone draws.
    /// - Returns: Grey values from 0 to 1.
    func applied(to image: [Float], width: Int, random: inout SeededGenerator) -> [Float] {
        let plane = GreyPlane(values: image, width: width)
        switch kind {
        case .rotation: return plane.rotated(by: side * amount * .pi)
        case .blur: return plane.blurred(deviation: 2.5 * amount)
        case .noise:
            var noisy = image
            for place in noisy.indices { noisy[place] = min(1, max(0, noisy[place] + random.normal() * 0.6 * amount)) }
            return noisy
        case .contrast: return contrasted(image)
        case .stroke: return plane.stroked(by: 2 * amount, thicker: side > 0)
        case .skew: return image
        }
    }

    /// Paler towards the mean, or darker: `mean + (x - mean) · factor`, cut to 0…1.
    private func contrasted(_ image: [Float]) -> [Float] {
        let mean = image.reduce(0, +) / Float(max(1, image.count))
        let factor = side < 0 ? 1 - 0.85 * amount : 1 + 4 * amount
        return image.map { min(1, max(0, mean + ($0 - mean) * factor)) }
    }
}

/// A plane of grey values; beyond its border is background.
struct GreyPlane {
    let values: [Float]
    let width: Int
    private var height: Int { values.count / max(1, width) }

    init(values: [Float], width: Int) {
        self.values = values
        self.width = width
    }

    /// Turned about the middle, linear between pixels; a positive angle in radians turns counter-clockwise.
    func rotated(by angle: Float) -> [Float] {
        let (sine, cosine) = (sin(angle), cos(angle))
        let (middleRow, middleColumn) = (Float(height - 1) / 2, Float(width - 1) / 2)
        var result = [Float](repeating: 0, count: values.count)
        for row in 0..<height {
            for column in 0..<width {
                let (y, x) = (Float(row) - middleRow, Float(column) - middleColumn)
                result[row * width + column] = between(
                    row: middleRow + y * cosine + x * sine,
                    column: middleColumn + x * cosine - y * sine
                )
            }
        }
        return result
    }

    private func between(row: Float, column: Float) -> Float {
        let (top, left) = (row.rounded(.down), column.rounded(.down))
        let (down, right) = (row - top, column - left)
        let (y, x) = (Int(top), Int(left))
        return (1 - down) * ((1 - right) * self[y, x] + right * self[y, x + 1])
            + down * ((1 - right) * self[y + 1, x] + right * self[y + 1, x + 1])
    }

    private subscript(row: Int, column: Int) -> Float {
        row >= 0 && row < height && column >= 0 && column < width ? values[row * width + column] : 0
    }

    /// Mixed with neighbours as a normal distribution weighs them, cut at three standard deviations.
    func blurred(deviation: Float) -> [Float] {
        guard deviation > 0.05 else { return values }
        let reach = max(1, Int((3 * deviation).rounded(.up)))
        let powers = (-reach...reach).map { exp(-Float($0 * $0) / (2 * deviation * deviation)) }
        let sum = powers.reduce(0, +)
        let weights = powers.map { $0 / sum }
        let columnsMixed = GreyPlane(values: mixed(weights, rows: 0, columns: 1), width: width)
        return columnsMixed.mixed(weights, rows: 1, columns: 0)
    }

    private func mixed(_ weights: [Float], rows: Int, columns: Int) -> [Float] {
        let reach = weights.count / 2
        var result = values
        for row in 0..<height {
            for column in 0..<width {
                var total: Float = 0
                for (place, weight) in weights.enumerated() {
                    total += weight * self[row + rows * (place - reach), column + columns * (place - reach)]
                }
                result[row * width + column] = total
            }
        }
        return result
    }

    /// Strokes that grow or shrink by so many pixels; a part of a pixel mixes what is before and after it.
    func stroked(by pixels: Float, thicker: Bool) -> [Float] {
        var plane = self
        var rest = pixels
        while rest > 0 {
            let share = min(1, rest)
            let next = plane.grown(thicker)
            plane = GreyPlane(values: zip(plane.values, next).map { $0 + ($1 - $0) * share }, width: width)
            rest -= 1
        }
        return plane.values
    }

    /// The largest, or the smallest, of each pixel and its four neighbours.
    private func grown(_ thicker: Bool) -> [Float] {
        var result = values
        for row in 0..<height {
            for column in 0..<width {
                var value = self[row, column]
                for (down, right) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
                    let near = self[row + down, column + right]
                    value = thicker ? max(value, near) : min(value, near)
                }
                result[row * width + column] = value
            }
        }
        return result
    }
}
