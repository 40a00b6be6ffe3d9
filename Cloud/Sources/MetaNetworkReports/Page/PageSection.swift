import MetaNetworkMarkup

/// A section of the page.
struct PageSection: Sendable {
    /// Of its heading; unique in the page.
    let id: String
    /// The heading, as text.
    let title: String
    /// How to read it, as text.
    let note: String
    /// HTML.
    let content: String

    /// The section as HTML.
    var html: String {
        """
        <section aria-labelledby="\(id)">
        <h2 id="\(id)">\(MarkupEscaping.html(title))</h2>
        <p class="note">\(MarkupEscaping.html(note))</p>
        \(content)
        </section>
        """
    }
}
