/// Where a run that splits discriminators was after some round.
public struct SplitPoint: Sendable, Equatable {
    /// Rounds until then.
    public let version: Int
    /// Steps until then.
    public let steps: Int
    /// Simulated seconds.
    public let seconds: Double
    /// Bytes from clients to the server.
    public let bytesUp: Int
    /// Bytes from the server to clients.
    public let bytesDown: Int
    /// Bytes between devices of the same client.
    public let bytesBetween: Int
    /// How good the generator's images are.
    public let quality: ImageQuality
    /// Loss of discriminators, mean over clients and the steps since the last measurement; before the first, 2·ln 2, that of who knows nothing.
    public let loss: Double
    /// The same of the generator, with each client; before the first step ln 2.
    public let generatorLoss: Double
}

/// What generated images are worth, beside real ones.
public struct ImageQuality: Sendable, Equatable {
    /// Fréchet distance from the images that clients have, in features of a classifier.
    public let frechet: Double
    /// Share of images, generated and held out together, whose nearest neighbour among the others is of the same kind: 0.5 where nobody can
    /// tell them apart.
    public let neighbours: Double
    /// Classes that at least 2 % of the images are taken for.
    public let covered: Int
}

/// What a run that splits discriminators came to.
public struct SplitResult: Sendable {
    /// From before the first round to the last.
    public let points: [SplitPoint]
    /// Who computes what.
    public let clients: [PlacedClient]
    /// Seconds of a step of a whole batch, which is the slowest client's.
    public let stepSeconds: Double
    /// The same with the fastest placement there is.
    public let optimalSeconds: Double
    /// What the seconds went into: the slowest client's of each step.
    public let spent: Spent
    /// What real images would have: those that no client has, in place of generated ones.
    public let floor: ImageQuality
    /// Share of held-out images that the classifier whose features are compared tells rightly.
    public let judgeAccuracy: Double
    /// Generated images at last, grey values from 0 to 1 row by row, and what each is taken for.
    public let images: [(pixels: [Float], label: Int)]
    /// Images that no client has.
    public let heldOut: [[Float]]
    /// Parameters of the generator.
    public let generatorParameters: Int
    /// Parameters of each part.
    public let partParameters: [Int]
    /// How far gradients were from those of a twin without splits: the largest difference over the largest gradient of the same tensors, of
    /// all steps; `nil` where there was none.
    public let twinDifference: Double?
    /// Whether the run came to its end, rather than being stopped before.
    public let isComplete: Bool

    /// What the parts of a discriminator are called.
    public static var partNames: [String] { ImageNetworks.names }

    /// Seconds by what they went into.
    public struct Spent: Sendable, Equatable {
        /// Parts computed.
        public var computing = 0.0
        /// Activations and gradients travelled between devices.
        public var between = 0.0
        /// Generated images and their gradients travelled.
        public var messages = 0.0
        /// Parts were averaged.
        public var averaging = 0.0

        /// All of them.
        public var all: Double { computing + between + messages + averaging }
    }

    /// A client and its devices.
    public struct PlacedClient: Sendable, Equatable {
        /// Its number, from 1.
        public let number: Int
        /// Its images.
        public let images: Int
        /// How often as long as the fastest device each of its devices takes.
        public let factors: [Double]
        /// The device of each part.
        public let devices: [Int]
        /// Seconds that parts compute in a step.
        public let computing: Double
        /// Seconds that activations and gradients travel between its devices in a step.
        public let between: Double
        /// Seconds that images and their gradients travel in a step.
        public let messages: Double
    }
}
