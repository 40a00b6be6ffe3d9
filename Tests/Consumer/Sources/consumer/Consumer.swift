import MetaNetwork
import MetaNetworkDevice

/// Ranks three items with a model of zeros: enough that nothing of the device can be left out when linking.
@main
enum Consumer {
    static func main() throws {
        let architecture = Architecture.paperSASRec(width: 4, window: 3, heads: 2)
        let graph = try ModelGraph(architecture, itemCount: 3)
        var weights = Weights()
        for parameter in graph.parameters {
            let values = [Float](repeating: 0, count: parameter.shape.reduce(1, *))
            weights[parameter.name] = try WeightTensor(shape: parameter.shape, values: values)
        }
        let (decoded, _) = try SafeTensors.decode(try SafeTensors.encode(weights))
        var model = try DeviceModel(architecture, itemCount: 3, weights: decoded)
        print(model.rank(history: [1], candidates: [3, 2, 1]).map(\.index))
    }
}
