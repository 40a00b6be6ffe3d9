import MetaNetwork
import MetaNetworkData
import Torch

/// Makes the code of a proxy of a device of what the device says, U(x, u, θ̂) = W1·tanh(W2·x + W3·u + W4·θ̂) (DCCL, arXiv 2104.06624):
/// x stands for a row, u for the user's profile and θ̂ is the code that the device learned. Where there are no profiles, u is zeros.
package struct AuxiliaryEncoder {
    private let features: SmallLayer
    private let profile: SmallLayer?
    private let code: SmallLayer
    private let result: SmallLayer

    /// Width of what the three are added to.
    private static let width = 32

    /// - Parameters:
    ///   - features: Width of x.
    ///   - profile: Width of u; 0 where there are no profiles.
    ///   - code: Values of a code.
    ///   - random: Source of the starting weights.
    init(features: Int, profile: Int, code: Int, random: inout SeededGenerator) throws {
        self.features = try SmallLayer(features, Self.width, &random)
        self.profile = profile > 0 ? try SmallLayer(profile, Self.width, &random) : nil
        self.code = try SmallLayer(code, Self.width, &random)
        result = try SmallLayer(Self.width, code, &random)
    }

    /// What is trained.
    var tensors: [Tensor] { [features, profile, code, result].compactMap(\.self).flatMap(\.tensors) }

    /// Codes of proxies, [rows, code].
    ///
    /// - Parameters:
    ///   - x: [rows, features].
    ///   - u: [rows, profile]; `nil` where there are no profiles.
    ///   - theta: [rows, code].
    func callAsFunction(_ x: Tensor, _ u: Tensor?, _ theta: Tensor) throws -> Tensor {
        var sum = try features(x) + code(theta)
        if let profile, let u { sum = try sum + profile(u) }
        return try result(sum.tanh())
    }
}

extension Tensor {
    /// Hyperbolic tangent of every element of a matrix.
    fileprivate func tanh() throws -> Tensor {
        let width = size(1)
        let unit = (0..<width * width).map { Float($0 / width == $0 % width ? 1 : 0) }
        return try dense(Tensor(unit, shape: [width, width]), nil, .tanh)
    }
}
