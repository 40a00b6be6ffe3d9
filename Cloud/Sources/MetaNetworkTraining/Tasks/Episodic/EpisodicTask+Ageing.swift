import MetaNetwork
import MetaNetworkData

extension EpisodicTask: AgeingTask {
    /// Classes, and wearers enough.
    package func checkAgeing() throws {
        for part in [Part.training, .validation] { _ = try stream(part, seed: 0) }
    }

    package func answers(of trained: TrainedModel, on part: Part, age: Int, seed: UInt64) throws -> EpisodeScores {
        let device = try WornDevice(trained, self, on: part, seed: seed)
        return try device.answers(device.moments.map { ($0, device.made(before: $0, age: age)) })
    }

    package func situations(of trained: TrainedModel, on part: Part, ages: [Int], seed: UInt64) throws
        -> AgedSituations
    {
        precondition(!ages.isEmpty && ages.allSatisfy { $0 >= 0 }, "situations are of some ages")
        let device = try WornDevice(trained, self, on: part, seed: seed)
        var random = Self.others(seed)
        let weights = device.moments.enumerated().map { place, moment in
            (moment: moment, made: device.made(before: moment, age: ages[place % ages.count]))
        }
        var situations = device.situations(weights, random: &random)
        situations.isWrong = try device.answers(weights).mistakes
        return situations
    }

    package func unlabelledSituations(of trained: TrainedModel, on part: Part, age: Int, seed: UInt64) throws
        -> AgedSituations
    {
        let device = try WornDevice(trained, self, on: part, seed: seed)
        var random = Self.others(seed)
        return device.situations(
            device.moments.map { ($0, device.made(before: $0, age: age)) },
            random: &random
        )
    }

    /// The stream of a part.
    func stream(_ part: Part, seed: UInt64) throws(DataError) -> WearerStream {
        guard outputs?.kind == .classification, let devices = source.labelledDevices(part) else {
            throw DataError(
                "weights grow old on a device that changes its wearer, which is for classes of the rows of devices: take the task "
                    + "classification, with a table that has a column of devices"
            )
        }
        return try WearerStream(devices, of: part, seed: seed)
    }

    private static func others(_ seed: UInt64) -> SeededGenerator { SeededGenerator(seed: seed, streams: [42]) }
}
