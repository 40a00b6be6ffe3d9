import MetaNetwork
import MetaNetworkData

/// Data that there are already, dealt to devices.
extension FederatedData {
    /// Examples of which each tenth is measured on.
    private static let heldOut = 10

    /// Grey images, each tenth of which is held out.
    ///
    /// - Parameters:
    ///   - images: The images.
    ///   - partition: How the others are dealt.
    ///   - devices: Number of devices.
    ///   - most: Images that are dealt at most, by lot and always the same.
    ///   - seed: Seed of the dealing.
    /// - Throws: ``FederatedError`` where they cannot be dealt so.
    public init(
        _ images: ImageSet,
        _ partition: Partition,
        devices: Int,
        atMost most: Int = .max,
        seed: UInt64
    ) throws {
        // By lot and always the same, as files are sorted by class or in turns.
        var random = SeededGenerator(seed: 1, streams: [Purpose.heldOut.stream])
        let order = Array(images.images.indices).shuffled(using: &random)
        let heldCount = images.count / Self.heldOut
        let own = order.dropFirst(heldCount).prefix(most).sorted()
        let labels = own.map { images.labels[$0] }
        let test = order.prefix(heldCount).sorted()
        try self.init(
            own.map { images.images[$0] },
            labels: labels,
            test: (test.map { images.images[$0] }, test.map { images.labels[$0] }),
            classes: images.classes,
            shards: partition.shards(of: labels, classCount: images.classes.count, devices: devices, seed: seed),
            description: "\(devices) devices, \(partition)"
        )
    }

    /// The devices of a table, each with its own rows; each tenth row of a device is held out.
    ///
    /// - Parameters:
    ///   - table: A table of classes.
    ///   - joinsGroups: Whether all devices of a group, such as one person's, learn as one device.
    /// - Throws: ``FederatedError`` where the table predicts values, or there is not enough.
    public init(_ table: FeatureTable, joinsGroups: Bool = false) throws {
        guard table.outputs.kind == .classification else {
            throw FederatedError(
                "the table predicts values, and what devices learn together here are classes; name a column of classes"
            )
        }
        var (values, labels): ([[Float]], [Int]) = ([], [])
        var test: (values: [[Float]], labels: [Int]) = ([], [])
        var shards: [[Int32]] = []
        var owners: [Int] = []
        var groups: [String: Int] = [:]
        for device in table.devices {
            var rows: [Int32] = []
            for (number, (features, target)) in zip(device.features, device.targets).enumerated() {
                let label = Int(target[0])
                if number % Self.heldOut == Self.heldOut - 1 {
                    test.values.append(features)
                    test.labels.append(label)
                    owners.append(joinsGroups ? groups[device.group] ?? shards.count : shards.count)
                } else {
                    rows.append(Int32(values.count))
                    values.append(features)
                    labels.append(label)
                }
            }
            if joinsGroups, let place = groups[device.group] {
                shards[place] += rows
            } else {
                groups[device.group] = shards.count
                shards.append(rows)
            }
        }
        try self.init(
            values,
            labels: labels,
            test: test,
            classes: table.outputs.names,
            shards: shards,
            owners: owners,
            description: "\(shards.count) devices, each with its own rows" + (joinsGroups ? " of a whole group" : "")
        )
    }
}
