/// All inputs of one device, with what is right.
public struct LabelledDevice: Sendable {
    /// Name of the device.
    public let name: String
    /// Whom it belongs to; its name where nobody says.
    public let group: String
    /// The inputs, oldest first.
    public let inputs: [[Float]]
    /// For each input the index of its class, or the values to predict.
    public let targets: [[Float]]
}
