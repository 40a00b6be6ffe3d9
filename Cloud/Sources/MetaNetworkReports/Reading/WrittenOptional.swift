extension Optional {
    /// What a value says, and nothing where there is none.
    func written(_ text: (Wrapped) -> String) -> String { map(text) ?? "" }
}
