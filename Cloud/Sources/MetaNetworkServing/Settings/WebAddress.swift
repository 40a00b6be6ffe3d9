import Foundation
import MetaNetworkData

/// The address of something on the network.
package struct WebAddress: SettingValue {
    /// With `http` or `https`, and a host.
    package let url: URL

    package static func read(_ text: String) -> WebAddress? {
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host() != nil else { return nil }
        return WebAddress(url: url)
    }

    package var settingText: String { url.absoluteString }
    package static let remedy = "give an address, such as http://localhost:4318/v1/traces"

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(settingText)
    }
}
