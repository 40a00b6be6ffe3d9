import MetaNetworkMarkup

/// The page to try a model: the user puts a history together, and sees the base and the personal ranking side by side.
///
/// The history is part of the page's address, so that a trial can be shared.
public struct TrialPage: Sendable {
    /// Creates the page.
    public init() {}

    /// The page.
    public var html: String {
        DashboardFrame.page(title: "Try it", hasTrial: true, script: "try", body: body).html
    }

    private var body: Markup {
        """
        <p class="lead">Be a device: choose what you used last. Its ids are uploaded, the cloud generates the weights of the
        phone model's last layers, and the ranking becomes personal.</p>
        <div class="trial">
        <section><h2>Items</h2>
        <label for="search">Search by title or id</label>
        <input id="search" type="search" autocomplete="off" spellcheck="false">
        <ul id="found" class="choices" aria-label="Items that were found"></ul></section>
        <section><h2>History</h2>
        <p id="empty">Nothing yet: choose an item.</p>
        <ol id="history" class="chosen" aria-label="History, oldest first"></ol>
        <button id="clear" type="button" hidden>Clear</button></section>
        </div>
        <p id="problem" class="problem" role="alert" hidden></p>
        <section id="rankings" aria-live="polite" hidden><h2>Ranking</h2>
        <p id="transfer"></p>
        <div class="pair rankings"><div><h3>Base</h3><ol id="base"></ol></div><div><h3>Personal</h3>
        <ol id="personal"></ol></div></div></section>
        <noscript><p class="problem">This page needs JavaScript.</p></noscript>
        """
    }
}
