import Crypto
import Foundation

/// The devices that stay on the base model's weights, so that it is known what personal ones are worth.
///
/// Whether a device is among them follows from its id alone, so it is so at every replica, for every model and version, and is independent
/// of who gets a candidate; devices of a smaller share are among those of a larger one.
public struct HoldOut: Sendable, Equatable {
    /// Share of the devices, from 0 to 1.
    public var share: Double

    /// No device.
    public static let none = HoldOut(share: 0)

    /// Creates a hold-out.
    public init(share: Double) { self.share = share }

    /// Whether a device is among them; one that nobody tells from others, with an empty id, never is.
    func includes(_ device: String) -> Bool {
        guard share > 0, !device.isEmpty else { return false }
        var hash = SHA256()
        hash.update(data: Data("metanetwork/holdout\n".utf8))
        hash.update(data: Data(device.utf8))
        let place = hash.finalize().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Double(place >> 11) / 0x1p53 < share
    }
}
