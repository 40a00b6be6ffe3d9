import MetaNetworkData
import MetaNetworkSettings

/// Shifts that devices of images have; the word `none` where they see images as they are.
package struct ImageShifts: SettingValue {
    package let kinds: [ImageShift.Kind]

    package init(kinds: [ImageShift.Kind]) { self.kinds = kinds }

    private static let none = "none"

    package static func read(_ text: String) -> ImageShifts? {
        (text == none ? [] : [ImageShift.Kind].read(text)).map(ImageShifts.init)
    }

    package var settingText: String { kinds.isEmpty ? Self.none : kinds.settingText }
    package static var remedy: String { "\([ImageShift.Kind].remedy); \(none) for images as they are" }

    package func encode(to encoder: any Encoder) throws { try settingText.encode(to: encoder) }
}
