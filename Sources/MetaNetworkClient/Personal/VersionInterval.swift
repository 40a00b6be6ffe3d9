import Crypto
import Foundation

/// How often an installation asks for new versions of a model.
struct VersionInterval {
    /// The longest that any installation waits.
    private let longest: Duration
    private let model: String

    /// - Parameter longest: Below zero counts as zero; what no device lives to see is cut, so that sums with it fit.
    init(_ longest: Duration, model: String) {
        (self.longest, self.model) = (min(max(longest, .zero), .seconds(1 << 40)), model)
    }

    /// The interval of one installation, from three quarters of the longest to all of it: always the same for the same id, and evenly
    /// spread over installations and models.
    ///
    /// - Parameter device: The installation's random id; `nil` where it has none, which gets another interval each time.
    func own(of device: String?) -> Duration {
        var random = Draw(state: device.map(seed) ?? UInt64.random(in: 0 ... .max))
        return longest * (1 - Double.random(in: 0..<1, using: &random) / 4)
    }

    private func seed(_ device: String) -> UInt64 {
        SHA256.hash(data: Data("\(device)/\(model)".utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
