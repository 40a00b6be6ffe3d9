/// A client's devices and the parts of its model that each has: what a page shows of a run that splits models.
public struct PlacedParts: Codable, Sendable, Equatable {
    /// What the client is called.
    public var client: String
    /// Its images.
    public var images: Int
    /// Its devices.
    public var devices: [Device]
    /// Seconds that parts compute in a step.
    public var computing: Double
    /// Seconds that activations and gradients travel between the devices in a step.
    public var between: Double
    /// Seconds that messages from and to the server take in a step.
    public var messages: Double

    /// One device.
    public struct Device: Codable, Sendable, Equatable {
        /// How often as long as the fastest device it takes.
        public var factor: Double
        /// Names of the parts that it has.
        public var parts: [String]
    }
}

/// Many small images in one picture, for pages.
public struct ImageSheet: Codable, Sendable, Equatable {
    /// What the images are.
    public var label: String
    /// A PNG file, in base 64.
    public var png: String
    /// Positions from left to right.
    public var width: Int
    /// Positions from top to bottom.
    public var height: Int

    /// Creates a sheet.
    public init(label: String, png: String, width: Int, height: Int) {
        (self.label, self.png, self.width, self.height) = (label, png, width, height)
    }
}
