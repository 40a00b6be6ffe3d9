import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining

/// What users chose one after the other, each user a device: films, or the characters of what somebody says.
///
/// A device's examples are the interactions of its training part but the first, each foreseen from those before it. What is held out is
/// measured on, by whomever it is.
public struct FederatedChoices: DealtExamples {
    /// How choices are split, and what they cost.
    let task: RankingTask
    /// Whether an item that was chosen before may be chosen again, as characters are.
    public let mayRepeat: Bool
    /// Indices of each device's examples among the interactions.
    public let shards: [[Int32]]
    /// SHA-256 of the interactions and of how they are split.
    public let digest: String
    /// How they are dealt, in words.
    public let description: String
    /// The user of each interaction.
    private let owners: [Int32]
    /// At most so many of a part are measured, drawn by lot, always the same.
    private static let measured = 5_000
    private let measuredRows: (training: [Int32], test: [Int32])

    /// - Parameters:
    ///   - dataset: The interactions.
    ///   - mayRepeat: Whether an item may be chosen again.
    /// - Throws: ``FederatedError`` where no device has an example.
    public init(_ dataset: InteractionDataset, mayRepeat: Bool) throws {
        // Nothing is ranked among drawn lists here.
        task = try RankingTask(dataset, negatives: 0)
        self.mayRepeat = mayRepeat
        shards = (0..<dataset.userCount).map { user in
            let (first, end) = (dataset.offsets[user] + 1, dataset.trainingEnds[user])
            return first < end ? (first..<end).map(Int32.init) : []
        }
        guard shards.contains(where: { !$0.isEmpty }) else {
            throw FederatedError(
                "no device has an example: two interactions of training make one; give longer histories"
            )
        }
        owners = (0..<dataset.userCount).flatMap { user in
            repeatElement(Int32(user), count: dataset.offsets[user + 1] - dataset.offsets[user])
        }
        digest = dataset.digest
        description = "\(shards.count) devices, each with its own history; \(dataset.split.text)"
        measuredRows = (
            Self.some(of: shards.flatMap { $0 }), Self.some(of: dataset.positions(.test).positions.map(Int32.init))
        )
    }

    /// How they are dealt and what is held out.
    public var split: String { description }

    /// The interactions.
    public var dataset: InteractionDataset { task.dataset }

    /// What is measured of a part.
    func rows(of part: ExamplePart) -> [Int32] { part == .training ? measuredRows.training : measuredRows.test }

    func owners(of rows: [Int32]) -> [Int32] { rows.map { owners[Int($0)] } }

    private static func some(of rows: [Int32]) -> [Int32] {
        guard rows.count > measured else { return rows }
        var random = SeededGenerator(seed: 1, streams: [Purpose.heldOut.stream])
        return rows.shuffled(using: &random).prefix(measured).sorted()
    }
}
