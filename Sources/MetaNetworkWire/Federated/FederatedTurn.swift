import MetaNetwork

/// What a device sends to `POST /v1/models/{model}/federation/turns`, to join the open round.
public struct FederatedTurnRequest: Codable, Sendable, Equatable {
    /// Labelled examples that the device has, 1 to ``mostExamples``.
    public var examples: Int
    /// A word of 8 to 64 letters, digits, `-` and `_`, new in every request; the signed answer repeats it.
    public var nonce: String

    /// The largest number of examples that a device may name.
    public static let mostExamples = 1_000_000_000

    /// Creates a request.
    public init(examples: Int, nonce: String) { (self.examples, self.nonce) = (examples, nonce) }

    /// Reads a request from JSON.
    ///
    /// - Parameter json: The body.
    /// - Throws: ``MessageError``.
    public init(parsing json: [UInt8]) throws(MessageError) {
        let message = try JSONMessage(parsing: json, members: ["examples", "nonce"], depth: 1)
        let number: Int? =
            switch message["examples"] {
            case .integer(let value): value
            // To JSON Schema 1.0 is an integer too.
            case .number(let value): Int(exactly: value)
            default: nil
            }
        guard let number, (1...Self.mostExamples).contains(number) else {
            throw MessageError(
                field: "examples",
                reason: "is no number of examples",
                fix: "send a whole number from 1 to \(Self.mostExamples)"
            )
        }
        self.init(examples: number, nonce: try message.nonce())
    }
}

/// A device's turn in a round: all that it needs to learn. In JSON; its signature is that of ``ResponseSignature/Subject/turn``.
public struct FederatedTurn: Codable, Sendable, Equatable {
    /// Name of the model.
    public var model: String
    /// The nonce of the request.
    public var nonce: String
    /// The open round, from 0: as many models have been made.
    public var round: Int
    /// Rounds of the federation.
    public var rounds: Int
    /// The device's number, from 0, in the order in which devices first joined.
    public var device: Int
    /// Seed of what is drawn by lot.
    public var seed: UInt64
    /// The model.
    public var architecture: Architecture
    /// What it gives.
    public var outputs: BundleManifest.Outputs
    /// The round's model, `GET /v1/models/{model}/federation/rounds/{round}/model`.
    public var weights: BundleManifest.File
    /// What the device does.
    public var work: LocalWork
    /// How it writes its update.
    public var codec: UpdateCodec
    /// Whether it adds to an update what was left out of those before.
    public var usesErrorFeedback: Bool
    /// Largest norm of an update: a longer one is scaled down to it before it is sent; `nil` for any.
    public var clipNorm: Double?
    /// Seconds until the round may end without the device.
    public var seconds: Int

    /// Creates a turn.
    public init(
        model: String,
        nonce: String,
        round: Int,
        rounds: Int,
        device: Int,
        seed: UInt64,
        architecture: Architecture,
        outputs: BundleManifest.Outputs,
        weights: BundleManifest.File,
        work: LocalWork,
        codec: UpdateCodec,
        usesErrorFeedback: Bool,
        clipNorm: Double?,
        seconds: Int
    ) {
        (self.model, self.nonce, self.round, self.rounds) = (model, nonce, round, rounds)
        (self.device, self.seed, self.architecture, self.outputs) = (device, seed, architecture, outputs)
        (self.weights, self.work, self.codec) = (weights, work, codec)
        (self.usesErrorFeedback, self.clipNorm, self.seconds) = (usesErrorFeedback, clipNorm, seconds)
    }
}

/// The answer to an update: it counts.
public struct FederatedReceipt: Codable, Sendable, Equatable {
    /// The round that it counts in.
    public var round: Int
    /// Updates that have arrived in the round.
    public var arrived: Int

    /// Creates a receipt.
    public init(round: Int, arrived: Int) { (self.round, self.arrived) = (round, arrived) }
}

/// Where a federation is: `GET /v1/models/{model}/federation`.
public struct FederationStatus: Codable, Sendable, Equatable {
    /// Name of the model.
    public var model: String
    /// The open round, from 0; as large as ``rounds`` once all are over.
    public var round: Int
    /// Rounds in all.
    public var rounds: Int
    /// Devices of a round.
    public var devices: Int
    /// Devices that have a turn in the open round, those whose update has arrived included.
    public var joined: Int
    /// Updates that have arrived in it.
    public var arrived: Int
    /// Updates that it still needs to end, by its deadline or later; above 0 it waits for devices.
    public var missing: Int
    /// Whether all rounds are over.
    public var isOver: Bool

    /// Creates a description.
    public init(
        model: String,
        round: Int,
        rounds: Int,
        devices: Int,
        joined: Int,
        arrived: Int,
        missing: Int
    ) {
        (self.model, self.round, self.rounds, self.devices) = (model, round, rounds, devices)
        (self.joined, self.arrived, self.missing, isOver) = (joined, arrived, missing, round >= rounds)
    }
}
