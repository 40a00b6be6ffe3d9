import Foundation
import Testing
import Torch

/// `Fixtures/split.json`: steps of whole networks by autograd in double precision, Fréchet distances by scipy.
struct SplitFixture: Decodable {
    let rate: Double
    let dense: Steps
    let convolutional: Steps
    let frechet: [Distance]

    struct Steps: Decodable {
        let clients: Int
        let real: Int
        let fakes: Int
        let losses: [[Double]]
        let parts: [[[Float]]]
        let images: [Float]
    }

    struct Distance: Decodable {
        let counts: [Int]
        let distance: Double
    }

    static func read() throws -> SplitFixture {
        let url = Bundle.module.url(forResource: "split", withExtension: "json", subdirectory: "Fixtures")
        return try JSONDecoder().decode(SplitFixture.self, from: Data(contentsOf: #require(url)))
    }

    /// The numbers that the script has, too.
    static func made(_ count: Int, _ salt: Int, scale: Double = 1) -> [Float] {
        (0..<count).map { place in
            let place = Double(place)
            return Float(scale * sin(1 + 0.7 * place + 0.01 * place * place + 1.3 * Double(salt)))
        }
    }

    static func made(_ shape: [Int], _ salt: Int) throws -> Tensor {
        try Tensor(made(shape.reduce(1, *), salt), shape: shape)
    }
}
