import MetaNetwork
import MetaNetworkData
import Torch

/// Classes as a regression: one-hot targets, whose largest is the answer, on the pixels or on random Fourier features of them.
extension SharedRegression {
    /// Grey images dealt to devices, each tenth held out; who has which is as in ``FederatedData``.
    ///
    /// - Parameters:
    ///   - images: The images.
    ///   - partition: How they are dealt.
    ///   - devices: Number of devices.
    ///   - most: Images that are dealt at most.
    ///   - features: Random Fourier features; 0 for the pixels as they are.
    ///   - kernel: γ of the kernel that the features come near.
    ///   - links: How devices are linked.
    ///   - seed: Seed of all that is drawn.
    /// - Throws: ``FederatedError`` where they cannot be dealt so, or no graph of the name is known.
    public init(
        _ images: ImageSet,
        _ partition: Partition,
        devices: Int,
        atMost most: Int = .max,
        features: Int,
        kernel: Double,
        links: Links,
        seed: UInt64
    ) throws {
        let data = try FederatedData(images, partition, devices: devices, atMost: most, seed: seed)
        let sources = Sources(seed: seed)
        let map =
            features > 0 ? FourierFeatures(width: data.width, count: features, kernel: kernel, sources) : nil
        func rows(_ places: some Sequence<Int32>, _ part: ExamplePart) -> RegressionRows {
            let examples = data.examples(of: part)
            var rows = RegressionRows(width: (features > 0 ? features : data.width) + 1, outputs: data.classes.count)
            for place in places {
                let values = Array(examples.values[Int(place) * data.width..<(Int(place) + 1) * data.width])
                let target = data.classes.indices.map { $0 == Int(examples.classes[Int(place)]) ? 1.0 : 0 }
                rows.append((map?(values) ?? values.map(Double.init)) + [1], target)
            }
            return rows
        }
        // Held-out images are of no device; they are spread over all so that intervals have subjects.
        let held = data.rows(of: .test)
        let period = Period(
            rows: data.shards.map { rows($0, .training) },
            test: data.shards.indices.map { device in rows(held.filter { Int($0) % devices == device }, .test) }
        )
        let names = data.shards.indices.map { "\($0)" }
        try self.init(
            periods: [period],
            graph: links.graph(devices, names: names, seed: seed),
            names: names,
            outputs: BundleManifest.Outputs(kind: .classification, names: data.classes),
            description: "\(data.description), " + (features > 0 ? "\(features) random Fourier features" : "pixels"),
            fingerprint: "\(data.digest) \(features) \(kernel)"
        )
    }
}
