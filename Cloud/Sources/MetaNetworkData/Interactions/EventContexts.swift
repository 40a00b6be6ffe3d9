import MetaNetwork

/// What a model that ranks items reads of the moment of each interaction: ``EventContext``, by position.
///
/// The interactions are those of an ``InteractionDataset``, so that the latest one before a position is the last item of its history: what was
/// left out of the data is in no history. A user's first interaction has none before it, and no gap.
///
/// Memory: 4 bytes an interaction for ``EventContext/gap`` and for ``EventContext/previous``, 8 for each of the others.
public struct EventContexts: Sendable, Equatable {
    /// The inputs that are read of moments; some of the model's.
    public let inputs: [ModelGraph.NamedInput]
    /// Interactions before another one of their user whose event is none of the model's tokens, or empty.
    public let unknownEvents: Int
    /// The values of each input, position by position.
    private let columns: [[Float]]

    /// Reads the moments of interactions.
    ///
    /// - Parameters:
    ///   - dataset: The interactions, with their moments.
    ///   - inputs: What the model reads of them; their names are raw values of ``EventContext``.
    /// - Throws: ``DataError`` where an input has another form than what it is to read, or the interactions have no times.
    public init(_ dataset: InteractionDataset, inputs: [ModelGraph.NamedInput]) throws(DataError) {
        var (columns, unknown) = ([[Float]](), 0)
        for input in inputs {
            guard let context = EventContext(rawValue: input.name) else {
                preconditionFailure("'\(input.name)' is no context of an event")
            }
            try Self.check(input, context)
            if let tokens = input.tokens {
                let numbers = try dataset.eventNumbers(tokens)
                unknown += dataset.positionsBeforeOthers.count { numbers[$0] == 0 }
                columns.append(Self.previous(numbers, dataset))
            } else {
                columns.append(Self.values(context, try dataset.requiredTimes(), dataset))
            }
        }
        (self.inputs, self.columns, unknownEvents) = (inputs, columns, unknown)
    }

    /// The inputs as an architecture declares them.
    public var declared: [Architecture.Input] {
        inputs.map { input in
            input.tokens.map { .token(input.name, $0) } ?? .vector(input.name, width: input.shape.count)
        }
    }

    /// Writes the values of a position into a row of all inputs of the model.
    func write(_ position: Int, into row: inout [Float]) {
        for (input, column) in zip(inputs, columns) {
            let count = input.shape.count
            for place in 0..<count { row[input.offset + place] = column[position * count + place] }
        }
    }

    /// Share of the rows of training in which nothing of the moment is known, and of the other rows in which one input is not: what an app
    /// does not set is missing, and a model that never met that answers it by chance.
    static let unknownShare: Float = 0.1

    /// Leaves some of what is known out of a row that is learned from.
    func leaveOut(of row: inout [Float], _ random: inout SeededGenerator) {
        let knowsNothing = random.uniform() < Self.unknownShare
        for input in inputs {
            // Drawn in any case, so that no row depends on another.
            let isUnknown = random.uniform() < Self.unknownShare
            guard knowsNothing || isUnknown else { continue }
            setMissing(input, in: &row)
        }
    }

    /// Has a row say no more than a device knows of an earlier choice that it learns from: what was done before it is not kept.
    func leaveOutEvents(of row: inout [Float]) {
        for input in inputs where input.tokens != nil { setMissing(input, in: &row) }
    }

    private func setMissing(_ input: ModelGraph.NamedInput, in row: inout [Float]) {
        for place in input.range { row[place] = .nan }
    }

    /// Calls a function with all values, for a digest.
    func forEachColumn(_ body: ([Float]) -> Void) { columns.forEach(body) }

    private static func check(_ input: ModelGraph.NamedInput, _ context: EventContext) throws(DataError) {
        guard context.isOfEvents == (input.tokens != nil), input.shape.count == context.count else {
            let found = input.tokens.map { "one of \($0.count) tokens" } ?? input.shape.description
            let wanted = context.isOfEvents ? "of kind 'token'" : "of kind 'vector' with a width of \(context.count)"
            throw DataError(
                "the model's input '\(input.name)' is \(found), and --event-context \(input.name) needs one \(wanted): "
                    + "\(context.definition); change the architecture"
            )
        }
    }

    private static func values(_ context: EventContext, _ times: [Double], _ dataset: InteractionDataset) -> [Float] {
        var column: [Float] = []
        column.reserveCapacity(times.count * context.count)
        for (first, end) in zip(dataset.offsets, dataset.offsets.dropFirst()) {
            for position in first..<end {
                switch context {
                case .gap:
                    let gap = position > first ? EventContext.gap(times[position], since: times[position - 1]) : .nan
                    column.append(gap)
                case .hour: column += EventContext.hour(times[position])
                case .weekday: column += EventContext.weekday(times[position])
                case .previous: preconditionFailure("what a user did is no time")
                }
            }
        }
        return column
    }

    /// The number of what was done before each position; unknown before a user's first.
    private static func previous(_ numbers: [Float], _ dataset: InteractionDataset) -> [Float] {
        var column = [Float](repeating: 0, count: numbers.count)
        for (first, end) in zip(dataset.offsets, dataset.offsets.dropFirst()) where end > first {
            for position in first + 1..<end { column[position] = numbers[position - 1] }
        }
        return column
    }
}

extension EventContexts {
    /// The inputs by which a shipped model reads some contexts.
    ///
    /// - Parameters:
    ///   - contexts: What is read.
    ///   - dataset: The interactions; tokens are what users did in the training part, the most frequent first, and of equally frequent ones in
    ///     order of their names.
    /// - Returns: The inputs in that order, and how many tokens were left out as there are more than ``EventContext/mostTokens``.
    /// - Throws: ``DataError`` where the data lack what is to be read.
    public static func inputs(
        of contexts: [EventContext],
        in dataset: InteractionDataset
    ) throws(DataError) -> (inputs: [Architecture.Input], leftOut: Int) {
        var (inputs, leftOut) = ([Architecture.Input](), 0)
        for context in contexts {
            guard context.isOfEvents else {
                _ = try dataset.requiredTimes()
                inputs.append(.vector(context.rawValue, width: context.count))
                continue
            }
            let names = try dataset.trainingEvents()
            inputs.append(.token(context.rawValue, Array(names.prefix(EventContext.mostTokens))))
            leftOut = max(0, names.count - EventContext.mostTokens)
        }
        return (inputs, leftOut)
    }
}

extension InteractionDataset {
    /// Interactions that another one of their user comes after.
    fileprivate var positionsBeforeOthers: [Int] {
        zip(offsets, offsets.dropFirst()).flatMap { first, end in first..<max(first, end - 1) }
    }

    /// The time of each interaction.
    fileprivate func requiredTimes() throws(DataError) -> [Double] {
        guard let times = moments?.times, !times.isEmpty else {
            throw DataError(
                "the interactions have no times, so nobody knows how long ago the one before was; name a column of times (--time-column), or "
                    + "leave gap, hour and weekday out of --event-context"
            )
        }
        return times
    }

    private func requiredEvents() throws(DataError) -> (numbers: [Int32], names: Vocabulary) {
        guard let moments, !moments.events.isEmpty else {
            throw DataError(
                "nothing says what users did, so nothing can be told of the interaction before; name its column (--event-column), or leave "
                    + "previous out of --event-context"
            )
        }
        return (moments.events, moments.eventNames)
    }

    /// The number of each interaction's event among tokens, from 1; 0 for another one.
    fileprivate func eventNumbers(_ tokens: [String]) throws(DataError) -> [Float] {
        let events = try requiredEvents()
        let numbers = (0..<events.names.count).map { index in
            Float((tokens.firstIndex(of: events.names[index]) ?? -1) + 1)
        }
        return events.numbers.map { numbers[Int($0)] }
    }

    /// What users did in the training part.
    fileprivate func trainingEvents() throws(DataError) -> [String] {
        let events = try requiredEvents()
        var counts = [Int](repeating: 0, count: events.names.count)
        for (first, end) in zip(offsets, trainingEnds) {
            for position in first..<end { counts[Int(events.numbers[position])] += 1 }
        }
        let found = counts.indices.map { (name: events.names[$0], count: counts[$0]) }.filter {
            // An empty cell says nothing.
            $0.count > 0 && !$0.name.isEmpty
        }
        guard !found.isEmpty else {
            throw DataError(
                "no interaction of the training part says what its user did; name another column (--event-column), or leave previous out of "
                    + "--event-context"
            )
        }
        return found.sorted { ($1.count, $0.name) < ($0.count, $1.name) }.map(\.name)
    }
}
