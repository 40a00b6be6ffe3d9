/// Which downloads of the model, and large transfers besides, may use a network on which the user wants little to be sent.
public enum LowDataDownloads: Sendable, Equatable {
    /// None: opening throws ``ClientError/constrainedNetwork`` where there is neither a model on the device nor a bundle in the app.
    case never
    /// The first one, without which the app has no model; new versions wait.
    case first
    /// All, and turns of ``PersonalModel/federate(_:rounds:seconds:)`` and messages of more than 32 KiB of shared samples.
    case always

    /// Whether a download is allowed.
    ///
    /// - Parameter first: Whether there is no version on the device yet.
    func allow(first: Bool) -> Bool { self == .always || (self == .first && first) }
}
