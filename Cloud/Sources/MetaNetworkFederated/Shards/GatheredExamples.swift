/// The examples of all devices at one place: what learning without gathering data is compared with.
struct GatheredExamples: DealtExamples {
    private let own: any DealtExamples

    /// - Parameter own: Who has which.
    init(_ own: any DealtExamples) { self.own = own }

    var shards: [[Int32]] { [own.shards.flatMap(\.self)] }
    var digest: String { own.digest }
    var description: String { "\(own.description), gathered" }
    var split: String { own.split }
}
