import MetaNetwork
import MetaNetworkDevice

let candidates = CommandLine.arguments.dropFirst().compactMap { Int($0) }
do {
    let (weights, _) = try SafeTensors.decode([])
    var model = try DeviceModel(.paperSASRec(), itemCount: 100, weights: weights)
    try model.personalize(weights)
    print(model.rank(history: candidates, candidates: candidates))
} catch {
    print(error)
}
