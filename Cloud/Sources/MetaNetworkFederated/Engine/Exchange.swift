import MetaNetworkData
import MetaNetworkWire

/// The messages between coordinator and devices: what each side has of the other's, and how many bytes it took.
struct Exchange {
    private let sources: Sources
    private let usesErrorFeedback: Bool
    /// Whether nothing is sent at all, as nobody else is there.
    private let isFree: Bool
    /// The model that each device has, as it was read from its messages; of devices that were sent one in few bytes.
    var held: [Int: [Float]] = [:]
    /// What was left out of each device's updates so far.
    var residuals: [Int: [Float]] = [:]

    init(_ sources: Sources, usesErrorFeedback: Bool, isFree: Bool = false) {
        (self.sources, self.usesErrorFeedback, self.isFree) = (sources, usesErrorFeedback, isFree)
    }

    /// Sends a model.
    ///
    /// With a codec a device that has one is sent what has changed since, so that leaving values out leaves them as they were.
    ///
    /// - Parameters:
    ///   - codec: How it is written; `nil` as it is.
    ///   - turn: How often the device was sent one before.
    /// - Returns: The model as the device has it then, and the message's bytes.
    mutating func send(
        _ model: [Float],
        to device: Int,
        _ codec: UpdateCodec?,
        turn: Int
    ) throws -> (model: [Float], bytes: Int) {
        guard let codec else { return (model, isFree ? 0 : 4 * model.count) }
        guard let known = held[device] else {
            held[device] = model
            return (model, 4 * model.count)
        }
        var random = UpdateCodec.random(seed: sources.seed, device: device, turn: turn, isUpdate: false)
        let change = Parameters.difference(model, known)
        let bytes = codec.encoded(change, random: &random)
        let read = try UpdateCodec.decoded(bytes, count: change.count)
        let now = Parameters.sum(known, read)
        held[device] = now
        return (now, bytes.count)
    }

    /// Sends what a device has learned.
    ///
    /// - Returns: The update as it is read, and the message's bytes.
    mutating func send(
        update: [Float],
        from device: Int,
        _ codec: UpdateCodec?,
        turn: Int
    ) throws -> (update: [Float], bytes: Int) {
        guard let codec else { return (update, isFree ? 0 : 4 * update.count) }
        var whole = update
        if usesErrorFeedback, let residual = residuals[device] { whole = Parameters.sum(update, residual) }
        var random = UpdateCodec.random(seed: sources.seed, device: device, turn: turn, isUpdate: true)
        let bytes = codec.encoded(whole, random: &random)
        let read = try UpdateCodec.decoded(bytes, count: whole.count)
        if usesErrorFeedback { residuals[device] = Parameters.difference(whole, read) }
        return (read, bytes.count)
    }
}
