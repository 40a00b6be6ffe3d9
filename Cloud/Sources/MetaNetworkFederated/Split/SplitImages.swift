import MetaNetwork
import MetaNetworkData
import Torch

/// Images that are dealt to clients, and those that no client has.
public struct SplitImages: Sendable {
    /// Who has which.
    public let examples: FederatedData
    /// Pixels from top to bottom.
    public let height: Int
    /// Pixels from left to right.
    public let width: Int

    private let partition: Partition

    /// Images that a report shows beside generated ones.
    private static let shown = 100

    /// Deals images, each tenth of which is held out.
    ///
    /// - Parameters:
    ///   - images: The images.
    ///   - partition: How the others are dealt.
    ///   - clients: Number of clients.
    ///   - most: Images that are dealt at most, by lot and always the same.
    ///   - seed: Seed of the dealing.
    /// - Throws: ``FederatedError`` where they cannot be dealt so, or are too few to compare.
    public init(
        _ images: ImageSet,
        _ partition: Partition,
        clients: Int,
        atMost most: Int = .max,
        seed: UInt64
    ) throws {
        examples = try FederatedData(images, partition, devices: clients, atMost: most, seed: seed)
        (height, width, self.partition) = (images.height, images.width, partition)
        guard examples.rows(of: .test).count > 1 else {
            throw FederatedError(
                "of \(images.count) images too few are held out to compare generated ones with; give 20 or more"
            )
        }
    }

    /// The data in counts, for reports.
    public var facts: [(label: String, count: Int)] {
        [
            ("Clients", examples.devices.count),
            ("Images of clients", examples.shards.reduce(0) { $0 + $1.count }),
            ("Images of no client", examples.rows(of: .test).count),
        ]
    }

    /// How images are dealt and what is held out, in words.
    public var split: String { "\(examples.shards.count) clients, \(partition); each tenth image is held out" }

    /// Images of clients, from -1 to 1: [rows, pixels].
    func tensor(_ rows: [Int32]) throws(TorchError) -> Tensor {
        try Tensor(
            examples.values(of: rows, .training).map { 2 * $0 - 1 },
            shape: [rows.count, examples.width]
        )
    }

    /// Some images that no client has.
    var heldOut: [[Float]] {
        examples.rows(of: .test).prefix(Self.shown).map { examples.values(of: [$0], .test) }
    }
}
