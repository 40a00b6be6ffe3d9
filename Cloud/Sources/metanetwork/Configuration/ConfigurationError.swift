/// A setting that cannot be used; the message names the key, the value, where it came from and the fix.
struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
