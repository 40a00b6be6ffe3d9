/// What a step takes a client: its parts compute one after the other, forward and back, and what crosses a cut takes bytes.
struct SplitClock: Sendable {
    /// Share of each part in the multiply-adds of the discriminator.
    let works: [Double]
    /// Values between two parts, of one example.
    let cuts: [Int]
    let pixels: Int
    let fleet: Fleet
    /// Bits per second between devices.
    let between: Double

    init(_ networks: ImageNetworks, _ fleet: Fleet, between: Double) {
        let all = Double(networks.works.reduce(0, +))
        works = networks.works.map { Double($0) / all }
        (cuts, pixels, self.fleet) = (networks.cuts, networks.pixels, fleet)
        self.between = between > 0 ? between * 1e6 : .infinity
    }

    /// Images of a step.
    struct Batch: Sendable, Equatable {
        let real: Int
        let fakes: Int
    }

    /// Seconds of a client's step.
    struct Seconds: Sendable, Equatable {
        /// Parts compute.
        var computing = 0.0
        /// Activations and gradients travel between devices.
        var between = 0.0
        /// Generated images come down, and their gradients go up.
        var messages = 0.0

        var all: Double { computing + between + messages }
    }

    /// Seconds of a step, of parts that are placed already.
    ///
    /// An example's time, as ``Fleet`` has it, is one pass forward and two back, for its activations and for weights. A generated image goes back
    /// once more, for the generator.
    ///
    /// - Parameters:
    ///   - placement: The device of each part; `nil` where it has none yet.
    ///   - factors: How often as long as the fastest device each takes.
    func seconds(_ placement: [Int?], _ factors: [Double], _ batch: Batch) -> Seconds {
        let examples = Double(batch.real) + Double(batch.fakes) * 4 / 3
        var seconds = Seconds()
        for (device, work) in zip(placement, works) {
            guard let device else { continue }
            seconds.computing += fleet.secondsPerExample * factors[device] * work * examples
        }
        for (cut, values) in cuts.enumerated() {
            guard let here = placement[cut], let there = placement[cut + 1], here != there else { continue }
            // Activations one way, gradients the other.
            seconds.between += 2 * fleet.latency + 8 * Double(Self.bytes(values, batch)) / between
        }
        let images = 4 * batch.fakes * pixels
        seconds.messages = fleet.seconds(down: images) + fleet.seconds(up: images)
        return seconds
    }

    /// Bytes that cross a cut in a step: activations of all images, their gradients, and gradients of generated ones for the generator.
    static func bytes(_ values: Int, _ batch: Batch) -> Int { 4 * values * (2 * batch.real + 3 * batch.fakes) }

    /// Seconds of averaging: all parts go up, and their mean comes down.
    func averaging(_ parameters: Int) -> Double {
        fleet.seconds(up: 4 * parameters) + fleet.seconds(down: 4 * parameters)
    }
}
