/// The fixed words that say how to read each section.
struct SectionNotes: Sendable {
    /// Whether there is more than one seed, and so a mean and a deviation.
    let hasSeveralSeeds: Bool

    static let found = """
        Each method under test against the base and against controls, which have its means and not its idea: only a gain over both \
        is the idea\u{2019}s. Brackets are 95 % intervals.
        """

    static let claims = """
        A claim holds only if the whole 95 % interval of what was found lies on the right side; it is undecided where something \
        that it needs was not measured.
        """

    /// Note on a set after the first.
    static let furtherMetrics = "Read as above; values of different sets are not comparable."

    /// Note on a set whose subjects are these.
    func metrics(subjects: String?) -> String {
        let value = hasSeveralSeeds ? "Mean over the seeds, \u{00b1} standard deviation across them" : "One seed"
        let drawn = subjects.written { " (paired bootstrap over \($0)\(hasSeveralSeeds ? " and seeds" : ""))" }
        return """
            \(value); below each value its difference from the base with the 95 % interval\(drawn). \u{2714}\u{fe0e} better or \
            \u{2718}\u{fe0e} worse than the base where the interval excludes 0; \u{2193} lower is better.
            """
    }

    static let further = """
        What each method gains over those that have its means but not its idea, and over other ways to the same end, with the 95 % \
        interval.
        """

    /// Note on the subjects that gained and lost.
    var subjects: String {
        """
        Those whose own value\(hasSeveralSeeds ? ", mean over the seeds," : "") is better or worse than with the base. In the \
        histograms the outermost bars hold all that lies beyond; who did not change is not drawn.\
        \(hasSeveralSeeds ? " Two runs of the base that differ in nothing but their seeds gain and lose as many as the last row says." : "")
        """
    }

    /// Note on curves.
    var curves: String {
        hasSeveralSeeds
            ? "Mean over the seeds, as far as every seed went; the band is \u{00b1} one standard deviation across them."
            : "One seed, so there is no band."
    }

    /// Note on a breakdown.
    var breakdown: String {
        "The same methods on each part alone, with the difference from the base; beside a part's name the size of it."
    }

    static let timeline = """
        A row is a device and a bar one of its turns, on the simulated clock: the model comes down, the device learns, its update goes up. Where \
        a row is empty, nobody asked the device, or it was away. Those that began first are shown.
        """

    static let map = """
        One run\u{2019}s last period. A disc is a device, as large as its rows are many and the darker the longer it computes in an iteration; thin \
        lines are links, thick ones are rows that a neighbour computes. Rows that a server computes are not drawn.
        """

    static let sheets = """
        One run\u{2019}s: images that the generator makes at last, not chosen, and real ones that no client has.
        """

    static let placements = """
        One run\u{2019}s: the parts that each device has, with how often as long as the fastest device it takes, and the seconds of a step of a whole \
        batch. The slowest client says how long a step takes.
        """

    static let costs = """
        Counts and bytes are per device, and of all devices together where they learned together; bytes are of message bodies. A model\u{2019}s files are \
        fetched once and counted apart. In the charts the bars are 95 % intervals.
        """

    /// Note on training.
    var training: String {
        """
        \(hasSeveralSeeds ? "Mean over the seeds. " : "")Seconds include the evaluation after every epoch; positions a \
        second are of training alone. A dash: not reached, or not measured.
        """
    }

    static let configuration = "This command repeats the experiment."
}

/// The words for an axis of curves.
struct AxisWords: Sendable {
    /// Heading of the section.
    let heading: String
    /// Title of the x axis.
    let title: String

    /// The words for an axis; one that is not known is called by its name.
    init(_ axis: String) {
        (heading, title) =
            switch axis {
            case "epoch": ("Over the epochs", "Epoch")
            case "age": ("Quality by age of the weights", "Samples since the weights were generated")
            case "refreshes": ("Quality by refreshes", "Refreshes")
            case "round": ("Over the rounds", "Round")
            case "bytes": ("Over the bytes sent", "Bytes")
            case "devices": ("While devices lived", "Devices that have lived")
            case "seconds": ("Over the simulated time", "Simulated seconds")
            default: ("Over \(axis)", axis)
            }
    }
}
