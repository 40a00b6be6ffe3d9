import Foundation
import MetaNetwork

/// What spoils the images of a camera for a while, in the order in which a stream meets them. The kinds are those of the prototype of
/// U-VPA (arXiv 2212.00972) on digits, after ImageNet-C (arXiv 1903.12261); how strong each is, is ours.
package enum ImageCorruption: String, Sendable, CaseIterable {
    /// White mixed in, half and half.
    case fog
    /// Normal noise of deviation 0.4.
    case noise
    /// Horizontal bars of grey value 0.6, two rows of every six.
    case stripes
    /// A normal blur of deviation 1.8 pixels.
    case blur
    /// A light up on the right: 0.9 in its middle, of deviation 5 pixels where the width is 28.
    case glare
    /// Grey values between 0.1 and 0.4.
    case contrast
    /// Darker strokes, on a background that brightens from left to right by 0.6.
    case gradient
    /// One pixel in eight black and one in eight white.
    case saltPepper = "salt-pepper"

    /// An image as the camera gives it: cut to 0…1, in 256 grey values.
    ///
    /// - Parameters:
    ///   - image: Grey values from 0 to 1, row by row.
    ///   - width: Pixels of a row.
    ///   - random: Random source, of which noise and salt and pepper alone draw.
    package func applied(to image: [Float], width: Int, random: inout SeededGenerator) -> [Float] {
        spoilt(image, width, &random).map { (min(1, max(0, $0)) * 255).rounded() / 255 }
    }

    private func spoilt(_ image: [Float], _ width: Int, _ random: inout SeededGenerator) -> [Float] {
        switch self {
        case .fog: return image.map { 0.5 * $0 + 0.5 }
        case .noise: return image.map { $0 + random.normal() * 0.4 }
        case .stripes: return image.indices.map { $0 / width / 2 % 3 == 0 ? max(image[$0], 0.6) : image[$0] }
        case .blur: return GreyPlane(values: image, width: width).blurred(deviation: 1.8)
        case .glare: return glaring(image, width)
        case .contrast: return image.map { 0.3 * $0 + 0.1 }
        case .gradient:
            let step = 0.6 / Float(max(1, width - 1))
            return image.indices.map { 0.6 * image[$0] + step * Float($0 % width) }
        case .saltPepper:
            return image.map { value in
                let drawn = random.uniform()
                return drawn < 0.125 ? 0 : drawn >= 0.875 ? 1 : value
            }
        }
    }

    private func glaring(_ image: [Float], _ width: Int) -> [Float] {
        // Places are given for a width of 28.
        let scale = 28 / Float(width)
        return image.indices.map { place in
            let (down, right) = (Float(place / width) * scale - 8, Float(place % width) * scale - 20)
            return image[place] + 0.9 * exp(-(down * down + right * right) / 50)
        }
    }
}
