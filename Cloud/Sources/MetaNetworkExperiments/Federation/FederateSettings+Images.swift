import MetaNetworkData
import MetaNetworkFederated

extension SplitPlan.Kind: SettingChoice {}
extension SplitPlan.Placing: SettingChoice {}

/// What the method that generates images has beside the others.
extension FederateSettings.Settings {
    package static let partsOf = Setting(
        "parts-of",
        \FederateSettings.splitting.kind,
        help: "What generator and discriminators of split-gan are made of"
    )
    package static let clients = Setting(
        "clients",
        \FederateSettings.splitting.clients,
        in: 1...1000,
        help: "Clients of split-gan that images are dealt to, each with devices of its own"
    )
    package static let clientDevices = Setting(
        "client-devices",
        \FederateSettings.splitting.devices,
        in: 1...16,
        help: "Devices of each client, on which the parts A, B and C of its discriminator are placed"
    )
    package static let capacities = Setting(
        "capacities",
        \FederateSettings.splitting.capacities,
        help: "Parameters that each device of a client has room for, from the first again where it has more devices",
        default: "room for all"
    )
    package static let placing = Setting(
        "placement",
        \FederateSettings.splitting.placing,
        help: "How parts are placed: greedy by computing and bytes, or what it is compared with"
    )
    package static let fakes = Setting(
        "fakes",
        \FederateSettings.splitting.fakes,
        in: 2...100_000,
        help: "Images that the generator makes for a step, the same for all clients"
    )
    package static let partChannels = Setting(
        "part-channels",
        \FederateSettings.splitting.channels,
        in: 1...1024,
        help:
            "Channels of part A where parts are convolutional, 64 in the authors' notebook; a quarter of its units where they are dense. Others follow"
    )
    package static let partDropout = Setting(
        "part-dropout",
        \FederateSettings.splitting.dropout,
        in: 0...0.95,
        help: "Share of values that parts leave out while they learn"
    )
    package static let averages = Setting(
        "averaging",
        \FederateSettings.splitting.averages,
        help: "Average the clients' parts after each round"
    )
    package static let unsplit = Setting(
        "unsplit",
        \FederateSettings.splitting.isUnsplit,
        help:
            "A control: each client has its discriminator whole on the fastest of its devices, whatever there is room for"
    )
    package static let alone = Setting(
        "alone",
        \FederateSettings.splitting.alone,
        in: 0...1000,
        help: "A baseline: the number of the client that learns alone, from 1; 0 for all"
    )
    package static let twin = Setting(
        "compare-unsplit",
        \FederateSettings.splitting.hasTwin,
        help: "Have a twin without splits learn beside, and say how far its gradients are"
    )
}

extension FederateSettings {
    /// How discriminators are split, with the link between devices.
    package var split: SplitPlan {
        var split = splitting
        split.between = coding.between
        return split
    }
}
