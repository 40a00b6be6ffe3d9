extension String {
    /// The text with its control characters written out, as `\u{1B}`: a terminal shows them and does not obey them. Line ends and
    /// tabs stay.
    ///
    /// Items come from devices, titles and data from anybody.
    package var printable: String {
        guard unicodeScalars.contains(where: { Self.isCommand($0) }) else { return self }
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if Self.isCommand(scalar) {
                text.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            } else {
                text.append(scalar)
            }
        }
        return String(text)
    }

    private static func isCommand(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
}
