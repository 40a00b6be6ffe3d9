/// What Fed-TREND remembers from round to round.
struct TrendState: Sendable {
    /// The model before the first round.
    var first: [Float] = []
    /// Models since global windows were last made, not refined.
    var path: [[Float]] = []
    /// Devices that have learned so far, by number.
    var devices: [Int: Device] = [:]
    var clientWindows: SyntheticWindows?
    var globalWindows: SyntheticWindows?
    var clientOutcomes: [Outcome] = []
    var globalOutcomes: [Outcome] = []

    struct Device: Sendable {
        /// What it had last learned.
        var latest: [Float] = []
        /// The same when windows were last made of its way; `nil` before.
        var start: [Float]?
        /// How far it went in the interval before; `nil` where there was none.
        var way: [Float]?
    }

    /// What making windows came to, as ``WindowSynthesis/Outcome``.
    struct Outcome: Sendable {
        var before: Float
        var after: Float
        var moved: Float
    }

    /// The ways of the devices that have learned since they were last asked for, which begin anew here.
    mutating func takeWays() -> [Trajectory] {
        devices.keys.sorted().compactMap { number in
            guard var device = devices[number] else { return nil }
            let start = device.start ?? first
            guard device.latest != start else { return nil }
            let way = Trajectory(from: start, to: device.latest, before: device.way)
            (device.way, device.start) = (Parameters.difference(device.latest, start), device.latest)
            devices[number] = device
            return way
        }
    }
}

/// As arrays, for checkpoints: the first says how many of what follow.
extension TrendState {
    private enum Head: Int, CaseIterable { case path, devices, hasClients, hasGlobal, clientOutcomes, globalOutcomes }

    /// All of it; empty before the first round.
    var memory: [[Float]] {
        guard !first.isEmpty else { return [] }
        let numbers = devices.keys.sorted()
        var head = [
            path.count, numbers.count, clientWindows == nil ? 0 : 1, globalWindows == nil ? 0 : 1,
            clientOutcomes.count, globalOutcomes.count,
        ].map { Float($0) }
        var arrays = [first] + path
        for number in numbers {
            guard let device = devices[number] else { continue }
            // A number as two, so that each is exact.
            head += [
                Float(number >> 20), Float(number & 0xF_FFFF), device.start == nil ? 0 : 1, device.way == nil ? 0 : 1,
            ]
            arrays += [device.latest] + [device.start, device.way].compactMap(\.self)
        }
        for outcome in clientOutcomes + globalOutcomes { head += [outcome.before, outcome.after, outcome.moved] }
        for windows in [clientWindows, globalWindows].compactMap(\.self) {
            arrays += [windows.inputs, windows.targets]
        }
        return [head] + arrays
    }

    /// - Parameter count: Windows of a set.
    /// - Throws: ``FederatedError`` where it is no ``memory``.
    init(_ memory: [[Float]], count: Int) throws(FederatedError) {
        guard let head = memory.first else { return }
        var (numbers, arrays) = (head[...], memory.dropFirst())
        func next<Element>(_ list: inout ArraySlice<Element>) throws(FederatedError) -> Element {
            guard let first = list.popFirst() else { throw FederatedError("the checkpoint is damaged; delete it") }
            return first
        }
        func whole(_ list: inout ArraySlice<Float>) throws(FederatedError) -> Int {
            guard let number = Int(exactly: try next(&list)), number >= 0 else {
                throw FederatedError("the checkpoint is damaged; delete it")
            }
            return number
        }
        var sizes: [Int] = []
        for _ in Head.allCases { sizes.append(try whole(&numbers)) }
        func size(_ part: Head) -> Int { sizes[part.rawValue] }
        first = try next(&arrays)
        for _ in 0..<size(.path) { path.append(try next(&arrays)) }
        for _ in 0..<size(.devices) {
            let number = try whole(&numbers) << 20 + whole(&numbers)
            let (hasStart, hasWay) = (try next(&numbers) > 0, try next(&numbers) > 0)
            var device = Device(latest: try next(&arrays))
            if hasStart { device.start = try next(&arrays) }
            if hasWay { device.way = try next(&arrays) }
            devices[number] = device
        }
        func outcome(_ numbers: inout ArraySlice<Float>) throws(FederatedError) -> Outcome {
            Outcome(before: try next(&numbers), after: try next(&numbers), moved: try next(&numbers))
        }
        for _ in 0..<size(.clientOutcomes) { clientOutcomes.append(try outcome(&numbers)) }
        for _ in 0..<size(.globalOutcomes) { globalOutcomes.append(try outcome(&numbers)) }
        func windows(_ arrays: inout ArraySlice<[Float]>) throws(FederatedError) -> SyntheticWindows {
            SyntheticWindows(inputs: try next(&arrays), targets: try next(&arrays), count: count)
        }
        if size(.hasClients) > 0 { clientWindows = try windows(&arrays) }
        if size(.hasGlobal) > 0 { globalWindows = try windows(&arrays) }
    }
}
