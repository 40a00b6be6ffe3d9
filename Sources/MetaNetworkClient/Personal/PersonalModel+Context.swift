import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// What a model that ranks items reads of its user beside the samples.
extension PersonalModel {
    /// Has every ranking from now on, and what is learned of choices, read this of the user: values of the architecture's inputs beside
    /// history and candidate.
    ///
    /// ```swift
    /// try await model.setContext(["age": [31], "occupation": "artist", "weather": "rain"])
    /// let best = await model.topItems(20)
    /// ```
    ///
    /// What belongs to a moment, such as the time since the choice before, is set before each ranking, together with the rest. The item that
    /// the user then chooses is recorded in it. What ``learn(budget:learningRate:)`` learns of earlier choices is learned in the one that is set,
    /// but for the inputs of a moment: `gap`, `hour` and `weekday` (`InputValue.gap(since:until:)`) are those of each choice where they are set,
    /// and the token `previous` is missing, as what was done with an item is not kept.
    /// Actors may do other work between two calls: where an app ranks in several contexts at once, it sets and ranks in one function of an
    /// extension of the model.
    ///
    /// It is kept in memory alone, until the next call or ``forget()``, and never leaves the device. Inputs of these names are read by a
    /// later version of the model too.
    ///
    /// - Parameter values: By name of the input. What is not there is missing: the model has the mean of its training data in its place where
    ///   it standardizes that input, else zeros; an unknown or missing token is a vector of zeros. Empty for nothing known.
    /// - Throws: ``ClientError/invalidInput(reason:)`` where a name is none of the model's inputs, what is given does not fit, or the model
    ///   ranks no items, which is given all of its inputs at each question. What was set before stays.
    public func setContext(_ values: [String: InputValue]) throws(ClientError) {
        do throws(DeviceModelError) {
            try base.device.requireRanking()
            try base.device.useContext(values.isEmpty ? nil : base.device.row(of: values))
        } catch {
            throw .invalidInput(reason: error.description)
        }
        context = values
    }

    /// What the model read when each of some samples was chosen, as far as their times tell; empty where they tell nothing of what is set.
    ///
    /// - Parameter samples: What the model knows, oldest first; the first counts as chosen at once after itself.
    func contexts(of samples: [RecentSamples.Known]) -> [[Float]] {
        let inputs = base.device.graph.inputs
        let times = samples.map { Date(timeIntervalSince1970: TimeInterval($0.event.time)) }
        let contexts = zip(times, times.prefix(1) + times).map { time, latest in
            InputValue.at(time, after: latest, in: context, of: inputs)
        }
        guard contexts.contains(where: { $0 != context }) else { return [] }
        let missing = [Float](repeating: .nan, count: base.device.graph.inputCount)
        // What was set for another version, and does not fit this one, it does not read now either.
        return (try? contexts.map { try $0.isEmpty ? missing : base.device.row(of: $0) }) ?? []
    }

    /// Has another version of the model read what was set: those inputs that it has.
    func restoreContext(_ notices: inout [ClientError]) {
        guard !context.isEmpty else { return }
        let names = Set(base.device.graph.inputs.map(\.name))
        do { try setContext(context.filter { names.contains($0.key) }) } catch { notices.append(error) }
    }

    /// Nothing is known of the user any more.
    func dropContext() {
        context = [:]
        // A model over vectors has none.
        try? base.device.useContext(nil)
    }
}
