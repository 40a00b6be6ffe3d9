/// A setting that cannot be used; the message names the key, the value, where it came from and the fix.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
