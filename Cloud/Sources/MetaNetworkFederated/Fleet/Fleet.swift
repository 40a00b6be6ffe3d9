import Foundation
import MetaNetwork
import MetaNetworkData

/// What devices are like but for their data: how fast they are, how they are connected, and how far one can rely on them.
public struct Fleet: Sendable, Equatable {
    /// How speeds differ.
    public var speeds: Speeds
    /// Seconds that the fastest device takes for one example, forward and backward.
    public var secondsPerExample: Double
    /// Bits per second from a device; infinite for no time at all.
    public var uplink: Double
    /// Bits per second to a device.
    public var downlink: Double
    /// Seconds that each message takes beside its bits.
    public var latency: Double
    /// Share of the time that a device is there: in rounds the probability that it may be asked. One that applies by itself is away after each
    /// turn for an exponentially distributed time, such that turns of its own length would take up this share.
    public var availability: Double
    /// Probability that a device that was asked never answers.
    public var dropOut: Double
    /// Share of the devices asked that have time for a part of their work alone, from one epoch on.
    public var stragglers: Double

    /// Creates a fleet; unless told otherwise devices are alike, always there, and links take no time.
    public init(
        speeds: Speeds = .equal,
        secondsPerExample: Double = 0.01,
        uplink: Double = .infinity,
        downlink: Double = .infinity,
        latency: Double = 0,
        availability: Double = 1,
        dropOut: Double = 0,
        stragglers: Double = 0
    ) {
        (self.speeds, self.secondsPerExample) = (speeds, secondsPerExample)
        (self.uplink, self.downlink, self.latency) = (uplink, downlink, latency)
        (self.availability, self.dropOut, self.stragglers) = (availability, dropOut, stragglers)
    }

    /// How often as long as the fastest device others take.
    public enum Speeds: Sendable, Equatable {
        /// All alike.
        case equal
        /// Pareto of this shape, from 1 to 10.
        case pareto(Double)
        /// The exponential of a normal variable of this standard deviation, from 0.1 to 10.
        case lognormal(Double)
        /// 1 and an exponential variable of this mean, to 10.
        case exponential(Double)
        /// These factors, device by device; from the first again where there are more devices.
        case given([Double])

        /// - Parameter text: `equal`, `pareto-1`, `lognormal-0.5`, `exponential-2`, factors with commas between them, or the path of a file with a factor of each device on a line of its own.
        /// - Throws: ``FederatedError`` for another text, or a line that is no factor.
        public init(_ text: String) throws(FederatedError) {
            let parts = text.split(separator: "-", maxSplits: 1)
            switch (parts.first, parts.count == 2 ? Double(parts[1]) : nil) {
            case ("equal", nil) where parts.count == 1: self = .equal
            case ("pareto", let shape?) where shape > 0 && shape <= 100: self = .pareto(shape)
            case ("lognormal", let deviation?) where deviation > 0 && deviation <= 5: self = .lognormal(deviation)
            case ("exponential", let mean?) where mean > 0 && mean <= 100: self = .exponential(mean)
            case _ where text.contains(","):
                let lines = text.replacing(",", with: "\n")
                self = .given(try Self.factors(lines, "speeds '\(text)'"))
            default:
                guard let bytes = FileManager.default.contents(atPath: text) else {
                    throw FederatedError(
                        "speeds '\(text)' are not known, nor is there such a file; use equal, pareto-SHAPE, lognormal-DEVIATION, exponential-MEAN, "
                            + "factors with commas between them, or a file with a factor a line"
                    )
                }
                self = .given(try Self.factors(String(decoding: bytes, as: UTF8.self), text))
            }
        }

        private static func factors(_ text: String, _ path: String) throws(FederatedError) -> [Double] {
            var factors: [Double] = []
            for (number, line) in text.split(whereSeparator: \.isNewline).enumerated() {
                guard let factor = Double(line.trimmingCharacters(in: .whitespaces)), factor > 0, factor.isFinite else {
                    throw FederatedError(
                        "\(path), line \(number + 1): '\(line.prefix(40))' is no factor; give how often as long as the fastest device this one "
                            + "takes, a number above 0"
                    )
                }
                factors.append(factor)
            }
            guard !factors.isEmpty else { throw FederatedError("\(path) is empty; give a factor a line") }
            return factors
        }
    }

    /// How often as long as the fastest device this one takes.
    func factor(of device: Int, _ sources: Sources) -> Double {
        var random = sources.source(.speed, device)
        switch speeds {
        case .equal: return 1
        case .pareto(let shape): return min(10, pow(1 - Double(random.uniform()), -1 / shape))
        case .lognormal(let deviation): return min(10, max(0.1, exp(deviation * Double(random.normal()))))
        case .exponential(let mean): return min(10, 1 - mean * log(1 - Double(random.uniform())))
        case .given(let factors): return factors.isEmpty ? 1 : factors[device % factors.count]
        }
    }

    /// Seconds of some passes over some examples.
    func seconds(examples: Int, factor: Double) -> Double { Double(examples) * secondsPerExample * factor }

    /// Seconds that a message takes.
    func seconds(up bytes: Int) -> Double { latency + 8 * Double(bytes) / uplink }

    /// Seconds that a message takes.
    func seconds(down bytes: Int) -> Double { latency + 8 * Double(bytes) / downlink }

    /// Epochs that a device has time for in a turn.
    func epochs(of device: Int, turn: Int, all: Int, _ sources: Sources) -> Int {
        guard stragglers > 0, all > 1 else { return all }
        var random = sources.source(.partialWork, device, turn)
        guard Double(random.uniform()) < stragglers else { return all }
        return 1 + random.index(below: all - 1)
    }

    /// Whether a device that was asked answers.
    func answers(_ device: Int, turn: Int, _ sources: Sources) -> Bool {
        guard dropOut > 0 else { return true }
        var random = sources.source(.dropOut, device, turn)
        return Double(random.uniform()) >= dropOut
    }

    /// Seconds that a device that applies by itself is away after a turn.
    ///
    /// - Parameters:
    ///   - turn: How often it was sent a model before; 0 before the first, when it is there with the probability ``availability``.
    ///   - seconds: What a whole turn's work takes it.
    func absence(of device: Int, turn: Int, seconds: Double, _ sources: Sources) -> Double {
        guard availability < 1 else { return 0 }
        var random = sources.source(.absence, device, turn)
        if turn == 0, Double(random.uniform()) < availability { return 0 }
        guard availability > 0 else { return .infinity }
        return -log(1 - Double(random.uniform())) * seconds * (1 - availability) / availability
    }

    /// Whether a device may be asked in a round.
    func isAvailable(_ device: Int, turn: Int, _ sources: Sources) -> Bool {
        guard availability < 1 else { return true }
        var random = sources.source(.availability, device, turn)
        return Double(random.uniform()) < availability
    }
}
