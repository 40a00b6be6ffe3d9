/// The next step of somebody who begins: data, a bundle, a registry, a service.
struct NextStep: Equatable {
    /// The data set to begin with.
    static let data = "ml-100k"
    /// The folder that is proposed for what is published.
    static let registry = "registry"
    /// The file that is proposed for the publisher's key.
    static let key = "publisher"

    /// What to type.
    let command: String
    /// What it does.
    let purpose: String

    /// - Parameters:
    ///   - hasData: Whether ``data`` is on this machine.
    ///   - bundles: Folders of bundles.
    ///   - hasKey: Whether ``key`` is there.
    ///   - hasRegistry: Whether ``registry`` is there.
    init(hasData: Bool, bundles: [String], hasKey: Bool, hasRegistry: Bool) {
        if hasRegistry {
            command = "metanetwork serve --registry \(Self.registry) --insecure"
            purpose = "serves what is published; on the dashboard you can be a device"
        } else if !bundles.isEmpty, !hasKey {
            command = "metanetwork keys new \(Self.key) --publisher"
            purpose = "makes the key that signs what devices run; apps pin the half that it prints"
        } else if let bundle = bundles.first {
            command = "metanetwork publish \(bundle) --registry \(Self.registry) --publisher-key \(Self.key)"
            purpose = "publishes what was trained, for a service on this machine"
        } else if hasData {
            command = "metanetwork train --data \(Self.data) --out runs/films"
            purpose = "trains a device's model and its generator on choices of films, and measures both"
        } else {
            command = "metanetwork data fetch \(Self.data)"
            purpose = "fetches MovieLens-100k, choices of films, into data"
        }
    }
}
