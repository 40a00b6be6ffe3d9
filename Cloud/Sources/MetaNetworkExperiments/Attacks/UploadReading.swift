import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

/// What an attacker reads of uploads: whoever sees the weights that were made of one, or the embeddings that were sent.
///
/// The attacker knows the bundle, the noise and pairs of its own: a model that is served answers whoever asks. Of a ranking the uploaded
/// ids are read back, of a model over vectors whose upload it is, among the devices of the test part.
package struct UploadReading {
    let trained: TrainedModel
    /// What becomes of z, or of each embedding; `nil` for nothing.
    let noise: UploadNoise?
    let seed: UInt64

    /// Values of weights that a probe reads; of more, so many random sums.
    private static let probed = 128
    /// Users whose uploads are looked at, at most: a probe has a row of each and all ids.
    private static let mostUsers = 3_000
    /// Embeddings that are read at most.
    private static let mostEmbeddings = 2_000

    package init(_ trained: TrainedModel, _ noise: UploadNoise?, seed: UInt64) {
        (self.trained, self.noise, self.seed) = (trained, noise, seed)
    }

    /// What is read of generated weights; `nil` without a generator that is served, or with too few subjects.
    package func ofWeights(_ task: some LearningTask) throws -> ReadBack? {
        guard let generator = trained.model.generator, generator.encoder != nil else { return nil }
        if let task = task as? RankingTask { return try idsOfWeights(task) }
        guard let task = task as? EpisodicTask, let pairs = try task.uploadPairs(trained.model, of: .test),
            !pairs.isEmpty
        else { return nil }
        let first = try weights(pairs.flatMap(\.z.first), pairs.count)
        let second = try weights(pairs.flatMap(\.z.second), pairs.count)
        return recognized(first, second)
    }

    /// What is read of uploaded embeddings; `nil` where none can be uploaded, or there are too few subjects.
    package func ofEmbeddings(_ task: some LearningTask) throws -> ReadBack? {
        if let task = task as? RankingTask { return try idsOfEmbeddings(task) }
        guard trained.model.generator?.encoder != nil, let task = task as? EpisodicTask,
            let pairs = try task.uploadPairs(trained.model, of: .test)
        else { return nil }
        return recognized(pairs.map { mean($0.samples.first) }, pairs.map { mean($0.samples.second) })
    }

    /// The mean of an upload's samples, each as it was sent.
    private func mean(_ samples: [[Float]]) -> [Float] {
        let sent = samples.map { noise?.applied(to: $0, width: $0.count) ?? $0 }
        return sent[0].indices.map { place in sent.reduce(0) { $0 + $1[place] } / Float(sent.count) }
    }

    // MARK: Ids

    private func idsOfWeights(_ task: RankingTask) throws -> ReadBack? {
        let uploads = task.uploads(window: window)
        guard uploads.count >= 8 else { return nil }
        let z = try trained.encodings(task)
        let (known, victims) = dealt(uploads.count)
        let vectors = try weights(
            (known + victims).flatMap { z.values[$0 * z.width..<($0 + 1) * z.width] },
            known.count + victims.count
        )
        // An id that no known user has is never guessed.
        let ids = Set(known.flatMap { uploads[$0] }).sorted()
        let outputs = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
        let targets = (known + victims).map { Set(uploads[$0].compactMap { outputs[$0] }) }
        let probe = LinearProbe(Array(vectors[..<known.count]), targets, outputs: ids.count) { probe, held in
            held.reduce(0.0) { $0 + Self.found(targets[$1], targets[$1].count, probe.scores(vectors[$1])) }
        }
        var frequencies = [Double](repeating: 0, count: ids.count)
        for id in targets[..<known.count].joined() { frequencies[id] += 1 }
        let usual = frequencies.indices.sorted { (frequencies[$1], $0) < (frequencies[$0], $1) }
        let hits = victims.indices.map { victim in
            let (own, count) = (targets[known.count + victim], uploads[victims[victim]].count)
            let blind = usual.prefix(count).count { own.contains($0) }
            return (Self.found(own, count, probe.scores(vectors[known.count + victim])), Double(blind), Double(count))
        }
        return ReadBack(hits, seed: seed)
    }

    private func idsOfEmbeddings(_ task: RankingTask) throws -> ReadBack? {
        guard let table = try trained.model.uploadedEmbeddings() else { return nil }
        let uploads = task.uploads(window: window)
        let (known, victims) = dealt(uploads.count)
        var frequencies = [Double](repeating: 1, count: task.dataset.itemCount)
        for id in known.flatMap({ uploads[$0] }) { frequencies[id] += 1 }
        guard let usual = frequencies.indices.max(by: { frequencies[$0] < frequencies[$1] }) else {
            preconditionFailure("a data set has items")
        }
        let likelihood = EmbeddingLikelihood(table, frequencies, noise)
        var (hits, left) = ([(Double, Double, Double)](), Self.mostEmbeddings)
        for victim in victims where left > 0 {
            let ids = uploads[victim].sorted().prefix(left)
            left -= ids.count
            let found = ids.count { id in
                let row = table[id]
                return likelihood.best(noise?.applied(to: row, width: row.count) ?? row) == id
            }
            hits.append((Double(found), ids.contains(usual) ? 1 : 0, Double(ids.count)))
        }
        return hits.isEmpty ? nil : ReadBack(hits, seed: seed)
    }

    private var window: Int {
        guard let generator = trained.model.generator else { preconditionFailure("uploads are a generator's") }
        return generator.configuration.window
    }

    /// How many of some ids are among so many with the highest scores.
    private static func found(_ ids: Set<Int>, _ count: Int, _ scores: [Double]) -> Double {
        let best = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(count)
        return Double(best.count { ids.contains($0) })
    }

    /// Two thirds of the subjects, whose uploads the attacker knows, and the others; some of them where there are many.
    private func dealt(_ count: Int) -> (known: [Int], victims: [Int]) {
        var random = SeededGenerator(seed: seed, stream: 14)
        let order = (0..<count).shuffled(using: &random).prefix(Self.mostUsers)
        return (Array(order[..<(order.count * 2 / 3)]), Array(order[(order.count * 2 / 3)...]))
    }

    // MARK: Devices

    /// How many of the second uploads are nearest to the first one of the same device.
    private func recognized(_ first: [[Float]], _ second: [[Float]]) -> ReadBack? {
        guard first.count > 1 else { return nil }
        let chance = 1 / Double(first.count)
        // Both carry their noise already, and no device is more frequent than another: the likeliest is the nearest.
        let nearest = EmbeddingLikelihood(first, [Double](repeating: 1, count: first.count), nil)
        return ReadBack(
            second.enumerated().map { (nearest.best($1) == $0 ? 1 : 0, chance, 1) },
            seed: seed
        )
    }

    // MARK: Weights

    /// The weights that are made of z, a vector for each upload, and of many values some random sums.
    private func weights(_ z: [Float], _ count: Int) throws -> [[Float]] {
        let values = try trained.model.dynamicWeights(
            of: noise?.applied(to: z, width: z.count / count) ?? z,
            count: count
        )
        let width = values.count / count
        let rows = stride(from: 0, to: values.count, by: width).map { values[$0..<$0 + width] }
        guard width > Self.probed else { return rows.map { Array($0) } }
        var random = SeededGenerator(seed: seed, stream: 15)
        let sums = (0..<Self.probed).map { _ in (0..<width).map { _ in random.normal() } }
        return rows.map { row in
            sums.map { sum in zip(row, sum).reduce(Float(0)) { total, pair in total + pair.0 * pair.1 } }
        }
    }
}
