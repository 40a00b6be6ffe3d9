/// What a record is of. A record of something else is stale: its run is done again.
package struct RecordKey: Codable, Sendable, Equatable {
    /// Raised when a change of the code alters what runs measure: a default, an architecture, an evaluation.
    package static let currentRevision = 1

    /// ``currentRevision`` of the writer.
    package var revision = Self.currentRevision
    /// SHA-256 of the data.
    package var data: String
    /// The way of training.
    package var variant: String
    /// Name of a shipped architecture, or the file's name and SHA-256.
    package var model: String
    /// Every setting that the task reads with its value, by key.
    package var settings: [String: String]
    /// How test users live as devices; `nil` where they are ranked for in one process.
    package var devices: DeviceLife?
    /// Before which rankings devices ask for new weights; `nil` where all weights are fresh.
    package var asks: Asking?
    /// When the device that changes its wearer asks for weights to keep; `nil` where none does.
    package var keeps: Keeping?
    /// What test devices learn from a few labels; `nil` where they are told none.
    package var learns: Learning?
    /// Which samples of a device stand for all; `nil` where all are uploaded.
    package var anchors: Anchoring?
    /// What attacks the model or what it is trained on; `nil` for nothing.
    package var attacks: Attacking?
    /// How it is measured with the device's own runtime; `nil` where it is not.
    package var onDevice: OnDevice?
    /// Which inputs a larger model in the cloud answers; `nil` where the device answers all.
    package var defers: Deferring?
    /// How the device adapts to images that change; `nil` where they do not.
    package var adapts: Adapting?
    /// Number of draws of the bootstrap.
    package var draws: Int
    /// Seed of the run.
    package var seed: UInt64

    package init(
        data: String,
        variant: String,
        model: String,
        settings: [String: String],
        devices: DeviceLife? = nil,
        asks: Asking? = nil,
        keeps: Keeping? = nil,
        learns: Learning? = nil,
        anchors: Anchoring? = nil,
        attacks: Attacking? = nil,
        onDevice: OnDevice? = nil,
        defers: Deferring? = nil,
        adapts: Adapting? = nil,
        draws: Int,
        seed: UInt64 = 0
    ) {
        (self.data, self.variant, self.model) = (data, variant, model)
        (self.settings, self.devices, self.asks, self.defers) = (settings, devices, asks, defers)
        (self.keeps, self.learns, self.anchors, self.attacks) = (keeps, learns, anchors, attacks)
        (self.onDevice, self.adapts) = (onDevice, adapts)
        (self.draws, self.seed) = (draws, seed)
    }

    /// What differs in a record; `nil` where it is of the same.
    ///
    /// - Parameters:
    ///   - record: What the record is of.
    ///   - defaults: Keys of the settings that nobody gave here. One of them that the record does not know is newer than the
    ///     record, whose run went as its default goes.
    package func difference(from record: RecordKey, defaults: Set<String>) -> String? {
        func differ(_ what: String, _ then: some CustomStringConvertible, _ now: some CustomStringConvertible) -> String
        {
            "\(what) was \(then) and is \(now)"
        }
        if revision != record.revision { return differ("the revision of the code", record.revision, revision) }
        if data != record.data { return "the data are others" }
        if variant != record.variant { return differ("variant", record.variant, variant) }
        if model != record.model { return differ("model", record.model, model) }
        if devices != record.devices { return "test users live otherwise as devices" }
        if defers != record.defers { return "devices defer otherwise to the cloud" }
        if adapts != record.adapts { return "the device adapts otherwise to its images" }
        if asks != record.asks { return "devices ask otherwise for new weights" }
        if anchors != record.anchors { return "devices choose otherwise what they upload" }
        if attacks != record.attacks { return "what attacks the model is another" }
        if onDevice != record.onDevice { return "what the device does itself is measured otherwise" }
        if learns != record.learns { return "devices learn otherwise from labels" }
        if keeps != record.keeps { return "the device that changes its wearer asks otherwise" }
        if seed != record.seed { return differ("seed", record.seed, seed) }
        if draws != record.draws { return differ("the number of draws", record.draws, draws) }
        for key in Set(settings.keys).union(record.settings.keys).sorted() where settings[key] != record.settings[key] {
            if record.settings[key] == nil, defaults.contains(key) { continue }
            return differ(key, record.settings[key] ?? "not set", settings[key] ?? "not set")
        }
        return nil
    }
}
