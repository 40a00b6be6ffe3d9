import MetaNetwork
import MetaNetworkDevice

// Scores candidates as often as the argument says, with every shipped architecture; `scripts/check-allocations` counts what
// that costs in allocations.
let calls = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1
for name in Architecture.shippedNames {
    guard let architecture = Architecture.shipped(name) else { continue }
    var weights = Weights()
    for parameter in try ModelGraph(architecture, itemCount: 100).parameters {
        let values = [Float](repeating: 0.1, count: parameter.shape.reduce(1, *))
        weights[parameter.name] = try WeightTensor(shape: parameter.shape, values: values)
    }
    var model = try DeviceModel(architecture, itemCount: 100, weights: weights)
    let (history, candidates) = ([3, 1, 4, 1, 5], Array(1...90))
    var scores: [Float] = []
    for _ in 0..<calls { model.score(history: history, candidates: candidates, into: &scores) }
}
