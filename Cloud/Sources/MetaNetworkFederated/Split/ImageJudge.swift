import MetaNetwork
import MetaNetworkData
import Torch

/// A classifier that has seen all clients' images, which nobody has but who measures: generated images are compared with real ones in the
/// features before its last layer, and taken for the class that it gives them. The same for all methods and seeds.
struct ImageJudge {
    private let whole: DenseChain
    private let before: DenseChain
    private let parameters: [Float]
    private let real: FrechetDistance
    private let heldOut: [[Float]]
    /// What real images would have: those that no client has, in place of generated ones.
    let floor: ImageQuality
    /// Share of held-out images that it tells rightly.
    let accuracy: Double
    /// Images that are compared with those that no client has.
    let images: Int

    private static let layers = [64, 32]
    /// Examples that it sees while it learns, over and over.
    private static let seen = 100_000
    private static let rate = 0.05
    /// Images that are compared at most.
    private static let most = 1000
    /// Real images whose features stand for all.
    private static let mostReal = 5000
    /// Share of images of a class that is covered.
    static let covered = 0.02

    /// Trains the classifier.
    ///
    /// - Parameter data: Images of at least two classes, of which at least two are held out.
    init(_ data: FederatedData) throws {
        let sizes = [data.width] + Self.layers + [data.classes.count]
        whole = DenseChain(sizes: sizes, activations: [.relu, .relu, .identity])
        before = DenseChain(sizes: Array(sizes.dropLast()), activations: [.relu, .relu])
        let sources = Sources(seed: 1)
        var random = sources.source(.judge, 0)
        var parameters: [Float] = []
        for (inputs, outputs) in zip(sizes, sizes.dropFirst()) {
            let bound = (6 / Float(inputs + outputs)).squareRoot()
            parameters += (0..<inputs * outputs).map { _ in (random.uniform() * 2 - 1) * bound }
            parameters += [Float](repeating: 0, count: outputs)
        }
        // In the order of the data, so that the dealing does not matter.
        let rows = data.rows(of: .training).sorted()
        let work = LocalWork(epochs: max(1, Self.seen / rows.count), batch: 32, rate: Self.rate)
        var order = sources.source(.judge, 1)
        _ = try whole.train(
            &parameters,
            on: data.examples(of: .training),
            batches: work.batches(of: rows, random: &order),
            rate: work.rate
        )
        self.parameters = parameters
        let test = data.rows(of: .test)
        let held = Self.features(before, parameters, try Self.outputs(before, parameters, data, test, .test))
        images = min(Self.most, held.count)
        heldOut = Array(held.prefix(images))
        let logits = try Self.outputs(whole, parameters, data, test, .test)
        accuracy = data.accuracy(of: logits, test, .test)
        let known = Array(rows.shuffled(using: &order).prefix(Self.mostReal))
        let knownFeatures = Self.features(
            before,
            parameters,
            try Self.outputs(before, parameters, data, known, .training)
        )
        real = FrechetDistance(knownFeatures)
        let taken = Self.labels(logits, classes: data.classes.count).prefix(images)
        floor = ImageQuality(
            frechet: try real.distance(to: FrechetDistance(heldOut)),
            // As many real images that clients have, against those that none has.
            neighbours: Self.neighbours(heldOut, Array(knownFeatures.prefix(images))),
            covered: Self.coverage(Array(taken), classes: data.classes.count)
        )
    }

    /// What the chain gives for rows of the data.
    private static func outputs(
        _ chain: DenseChain,
        _ parameters: [Float],
        _ data: FederatedData,
        _ rows: [Int32],
        _ part: ExamplePart
    ) throws -> [Float] {
        let own = Array(parameters.prefix(chain.parameterCount))
        // The labels are those of the whole, and a chain without its last layer has other outputs; its loss means nothing.
        let values = data.examples(of: part).values
        let examples = DenseChain.Examples(
            values: values,
            classes: [Int32](repeating: 0, count: values.count / data.width)
        )
        return try chain.logits(with: own, of: examples, rows: rows).logits
    }

    private static func features(_ chain: DenseChain, _ parameters: [Float], _ outputs: [Float]) -> [[Float]] {
        let width = chain.sizes[chain.sizes.count - 1]
        return stride(from: 0, to: outputs.count, by: width).map { Array(outputs[$0..<$0 + width]) }
    }

    /// Measures generated images.
    ///
    /// - Parameter images: As many as ``images``, grey values from 0 to 1.
    /// - Returns: Their quality, and what each is taken for.
    func measure(_ images: [[Float]]) throws -> (quality: ImageQuality, labels: [Int]) {
        let examples = DenseChain.Examples(
            values: images.flatMap { $0 },
            classes: [Int32](repeating: 0, count: images.count)
        )
        let rows = images.indices.map(Int32.init)
        let own = Array(parameters.prefix(before.parameterCount))
        let outputs = try before.logits(with: own, of: examples, rows: rows).logits
        let features = Self.features(before, parameters, outputs)
        let classes = whole.sizes[whole.sizes.count - 1]
        let labels = Self.labels(try whole.logits(with: parameters, of: examples, rows: rows).logits, classes: classes)
        let quality = ImageQuality(
            frechet: try real.distance(to: FrechetDistance(features)),
            neighbours: Self.neighbours(heldOut, features),
            covered: Self.coverage(labels, classes: classes)
        )
        return (quality, labels)
    }

    private static func labels(_ logits: [Float], classes: Int) -> [Int] {
        stride(from: 0, to: logits.count, by: classes).map { start in
            (0..<classes).max { logits[start + $0] < logits[start + $1] } ?? 0
        }
    }

    /// Classes that enough images are taken for.
    static func coverage(_ labels: [Int], classes: Int) -> Int {
        (0..<classes).count { label in Double(labels.count { $0 == label }) >= covered * Double(labels.count) }
    }

    /// Leave-one-out accuracy of the nearest neighbour (Lopez-Paz and Oquab 2017, arXiv 1610.06545) on two samples of the same size; of
    /// neighbours as near, the first counts.
    static func neighbours(_ first: [[Float]], _ second: [[Float]]) -> Double {
        let (all, width) = ((first + second).flatMap { $0 }, first[0].count)
        let count = first.count + second.count
        var same = 0
        all.withUnsafeBufferPointer { all in
            for own in 0..<count {
                var (nearest, place) = (Float.infinity, own)
                for other in 0..<count where other != own {
                    var square: Float = 0
                    for value in 0..<width {
                        let away = all[own * width + value] - all[other * width + value]
                        square += away * away
                    }
                    if square < nearest { (nearest, place) = (square, other) }
                }
                if (place < first.count) == (own < first.count) { same += 1 }
            }
        }
        return Double(same) / Double(count)
    }
}
