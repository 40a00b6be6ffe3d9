import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkSettings

extension FederatedSource {
    /// The images of clients whose server learns to generate some.
    ///
    /// - Parameters:
    ///   - settings: How they are dealt.
    ///   - seed: Seed of the dealing.
    /// - Throws: ``ConfigurationError`` where the data are of another kind.
    package func generated(_ settings: FederateSettings, seed: UInt64) throws -> SplitImages {
        guard case .images(let images) = contents else {
            throw ConfigurationError(
                "'\(settings.plan.method.rawValue)' generates images, and the data are none; give --data of those, such as digits"
            )
        }
        return try SplitImages(
            images,
            settings.dealing(),
            clients: settings.splitting.clients,
            atMost: settings.examples > 0 ? settings.examples : .max,
            seed: seed
        )
    }
}

extension PlacedParts {
    /// What a client's devices have of its discriminator.
    package init(_ client: SplitResult.PlacedClient) {
        self.init(
            client: "\(client.number)",
            images: client.images,
            devices: client.factors.enumerated().map { device, factor in
                let own = client.devices.indices.filter { client.devices[$0] == device }
                return Device(factor: factor, parts: own.map { SplitResult.partNames[$0] })
            },
            computing: client.computing,
            between: client.between,
            messages: client.messages
        )
    }
}
