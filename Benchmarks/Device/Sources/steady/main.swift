import MetaNetwork
import MetaNetworkDevice

// Scores candidates with global and personal layers in turn, runs models over vectors and takes steps
// of learning, as often as the argument says, with every shipped architecture;
// `scripts/check-allocations` counts what that costs in allocations.
let calls = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1
func weights(of architecture: Architecture, items: Int = 0) throws -> Weights {
    var weights = Weights()
    for parameter in try ModelGraph(architecture, itemCount: items).parameters {
        let values = [Float](repeating: 0.1, count: parameter.shape.reduce(1, *))
        weights[parameter.name] = try WeightTensor(shape: parameter.shape, values: values)
    }
    return weights
}

for name in Architecture.shippedNames {
    guard let architecture = Architecture.shipped(name) else { continue }
    let all = try weights(of: architecture, items: 100)
    var model = try DeviceModel(architecture, itemCount: 100, weights: all)
    var dynamic = Weights()
    for parameter in model.graph.parameters where parameter.isDynamic { dynamic[parameter.name] = all[parameter.name] }
    try model.personalize(dynamic)
    let (history, candidates) = ([3, 1, 4, 1, 5], Array(1...90))
    var scores: [Float] = []
    for _ in 0..<calls {
        for layers in [DeviceModel.Layers.global, .personal] {
            model.use(layers)
            model.score(history: history, candidates: candidates, into: &scores)
        }
    }
    var choices = Choice.latest(of: [3, 1, 4, 1, 5, 9, 2, 6], limit: 4, window: model.graph.window)
    choices[1].others = [10, 11, 12]
    var solver = try Solver(model, choices: choices, loss: .softmax(), optimizer: .adam(rate: 0.001))
    for _ in 0..<calls { _ = solver.step() }
}

// A window with everything that a model over vectors may have beside what the CNN has.
let windows = Architecture(
    name: "windows",
    inputs: [.vectors("readings", length: 12, width: 3)],
    nodes: [
        .init("whitened", .standardize, "readings"),
        .init("placed", .position, "whitened"),
        .init("states", .gru(units: 16), "placed"),
        .init("recent", .last, "states"),
        .init("found", .attention(heads: 4), "recent", "states"),
        .init("mean", .mean, "states"),
        .init("joined", .concatenate, "found", "mean"),
        .init("norm", .layerNorm(), "joined"),
        .init("logits", .dense(units: 4, dynamic: true), "norm"),
    ],
    output: "logits",
    sample: "recent"
)
for architecture in [Architecture.cnn(), windows] {
    var model = try DeviceModel(architecture, weights: weights(of: architecture))
    let input = [Float](repeating: 0.5, count: try ModelGraph(architecture).inputCount)
    try model.usePrompt(input)
    var outputs: [Float] = []
    for _ in 0..<calls { try model.outputs(of: input, into: &outputs) }
    var solver = try Solver(model, inputs: [input, input], targets: .classes([0, 1]), optimizer: .adam(rate: 0.001))
    for _ in 0..<calls { _ = solver.step() }
}
