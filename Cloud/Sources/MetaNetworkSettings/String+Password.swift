extension String {
    /// The text of a setting as it may be shown and kept: an address in it has no password.
    package var withoutPassword: String {
        replacing(/(:\/\/[^:@\/\s]*):[^@\/\s]*@/) { "\($0.output.1)@" }
            .replacing(/([?&](?:ssl)?password=)[^&\s]*/) { "\($0.output.1)" }
    }
}
