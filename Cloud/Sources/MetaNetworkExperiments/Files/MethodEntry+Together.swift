import MetaNetworkData

extension MethodEntry {
    /// Checks that the methods of a part are measured on the same, and by what their task knows.
    ///
    /// - Parameters:
    ///   - read: The methods; one or more.
    ///   - data: The part's.
    static func checkTogether(_ read: [MethodEntry], _ data: DataSettings) throws {
        let task = data.task
        if let other = read.first(where: { ($0.devices == nil) != (read[0].devices == nil) }) {
            throw other.place.error(
                "in a part either all methods have 'devices' or none: they are compared on the same users and lists"
            )
        }
        if let other = read.first(where: { ($0.asks?.ages) != (read[0].asks?.ages) }) {
            throw other.place.error("in a part either all methods have 'asks' with the same ages, or none has it")
        }
        if let other = read.first(where: { ($0.keeps == nil) != (read[0].keeps == nil) }) {
            throw other.place.error("in a part either all methods have 'keeps', or none has it")
        }
        if let other = read.first(where: { $0.learns?.told != read[0].learns?.told }) {
            throw other.place.error(
                "in a part either all methods have 'learns' with the same labels, noise and draws, or none has it"
            )
        }
        if let other = read.first(where: { $0.defers?.pair != read[0].defers?.pair }) {
            throw other.place.error("in a part either all methods have 'defers' to the same model, or none has it")
        }
        if let other = read.first(where: { $0.adapts?.world != read[0].adapts?.world }) {
            throw other.place.error(
                "in a part either all methods have 'adapts' with the same teacher and as many images, or none has it"
            )
        }
        if task != .images, let entry = read.first(where: { $0.adapts != nil }) {
            throw entry.place.error("'adapts' is for images; leave it out of task \(task.rawValue)")
        }
        if task != .classification, let entry = read.first(where: { $0.defers != nil }) {
            throw entry.place.error("'defers' is for classification; leave it out of task \(task.rawValue)")
        }
        if task != .classification, let entry = read.first(where: { $0.learns != nil }) {
            throw entry.place.error("'learns' is for classification; leave it out of task \(task.rawValue)")
        }
        if task != .classification, let entry = read.first(where: { $0.keeps != nil }) {
            throw entry.place.error("'keeps' is for classification; leave it out of task \(task.rawValue)")
        }
        if task != .ranking, let entry = read.first(where: { $0.attacks?.isOfTraining == true }) {
            throw entry.place.error(
                "devices are made up for rankings alone; leave 'attacks' out of task \(task.rawValue)"
            )
        }
        if ![.lastTenth, .leaveOneOut].contains(data.split) || data.profiles != nil || !data.eventContext.isEmpty,
            let entry = read.first(where: { $0.attacks?.isOfTraining == true })
        {
            throw entry.place.error(
                "made-up devices have no times and profiles; leave 'split', 'profiles' and 'event-context' out of the part's settings, or 'attacks'"
            )
        }
        if task == .ranking, let entry = read.first(where: { $0.anchors != nil }) {
            throw entry.place.error("'anchors' is for samples without an order; leave it out of task ranking")
        }
        if task != .ranking, let entry = read.first(where: { $0.devices != nil }) {
            throw entry.place.error("'devices' is for rankings; leave it out of task \(task.rawValue)")
        }
        if task != .ranking, task != .classification, let entry = read.first(where: { $0.asks != nil }) {
            throw entry.place.error("'asks' is for rankings and classification; leave it out of task \(task.rawValue)")
        }
    }
}
