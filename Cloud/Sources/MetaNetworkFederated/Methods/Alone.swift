/// No federation at all: all learn by themselves, and nobody sends anything.
///
/// With ``AloneLearner`` each device has a model of its own; of ``GatheredExamples`` there is one place with all of them. Each turn adds what
/// it changes, and no two change the same.
struct Alone: FederatedMethod {
    let order: FederatedOrder
    let name: String
    var sendsModels: Bool { false }

    /// - Parameters:
    ///   - places: Where something is learned: all of them in each round.
    ///   - name: Name for people.
    init(places: Int, name: String) { (order, self.name) = (.rounds(devices: places), name) }

    mutating func aggregate(_ arrived: [Arrival], into model: inout [Float], version: Int) {
        Parameters.add(arrived.map { (1, $0.update) }, to: &model)
    }
}
