import MetaNetwork
import MetaNetworkDevice

/// A model with weights that follow from a seed, as the bytes that C gets and as Swift's own.
struct ModelOfTests {
    let architecture: Architecture
    let items: Int
    let weights: Weights
    let personal: Weights

    init(_ architecture: Architecture, items: Int = 0, seed: UInt64 = 1) throws {
        (self.architecture, self.items) = (architecture, items)
        var random = SeededGenerator(seed: seed)
        var (weights, personal) = (Weights(), Weights())
        for parameter in try ModelGraph(architecture, itemCount: items).parameters {
            func drawn() throws -> WeightTensor {
                let values = (0..<parameter.shape.reduce(1, *)).map { _ in Float.random(in: -0.5...0.5, using: &random)
                }
                return try WeightTensor(shape: parameter.shape, values: values)
            }
            weights[parameter.name] = try drawn()
            if parameter.isDynamic { personal[parameter.name] = try drawn() }
        }
        (self.weights, self.personal) = (weights, personal)
    }

    var file: [UInt8] { get throws { try SafeTensors.encode(weights) } }
    var personalFile: [UInt8] { get throws { try SafeTensors.encode(personal) } }

    /// The model as Swift runs it.
    func device(isPersonal: Bool) throws -> DeviceModel {
        var model = try DeviceModel(architecture, itemCount: items, weights: weights)
        if isPersonal { try model.personalize(personal) }
        return model
    }
}

/// Histories of one to thirty items, some of them unknown.
func histories(_ count: Int, items: Int) -> [[Int32]] {
    var random = SeededGenerator(seed: 7)
    return (0..<count).map { _ in
        (0..<Int.random(in: 1...30, using: &random)).map { _ in Int32.random(in: -1...Int32(items) + 2, using: &random)
        }
    }
}
