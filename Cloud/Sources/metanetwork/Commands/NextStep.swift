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
    ///   - tool: How this tool was started, as a shell reads it.
    ///   - titles: The file with the items' titles, as a shell reads it, if it is on this machine.
    ///   - hasData: Whether ``data`` is on this machine.
    ///   - bundles: Folders of bundles.
    ///   - hasKey: Whether ``key`` is there.
    ///   - hasRegistry: Whether ``registry`` is there.
    init(tool: String, titles: String?, hasData: Bool, bundles: [String], hasKey: Bool, hasRegistry: Bool) {
        if hasRegistry {
            command = "\(tool) serve --registry \(Self.registry) --insecure\(titles.map { " --items \($0)" } ?? "")"
            purpose = "serves what is published; on the dashboard you can be a device"
        } else if !bundles.isEmpty, !hasKey {
            command = "\(tool) keys new \(Self.key) --publisher"
            purpose = "makes the key that signs what devices run; apps pin the half that it prints"
        } else if let bundle = bundles.first {
            command = "\(tool) publish \(bundle) --registry \(Self.registry) --publisher-key \(Self.key)"
            purpose = "publishes what was trained, for a service on this machine"
        } else if hasData {
            command = "\(tool) train --data \(Self.data) --out runs/films"
            purpose = "trains a device's model and its generator on choices of films, and measures both"
        } else {
            command = "\(tool) data fetch \(Self.data)"
            purpose = "fetches MovieLens-100k, choices of films, into data"
        }
    }
}
