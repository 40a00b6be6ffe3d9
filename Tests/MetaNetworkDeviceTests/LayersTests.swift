import MetaNetwork
import Testing

@testable import MetaNetworkDevice

@Suite("Global and personal layers of one device")
struct LayersTests {
    /// Which layers a model uses, and what it makes of a history with them.
    private struct Answer: Equatable {
        let isPersonal: Bool
        var scores: [Float] = []

        init(_ model: inout DeviceModel) {
            isPersonal = model.isPersonal
            model.score(history: [1, 2], candidates: Array(1...20), into: &scores)
        }
    }

    @Test("both sets of layers are kept side by side, score as each alone, and are exchanged without new memory")
    func bothLayers() throws {
        let weights = try randomWeights(.paperSASRec(), items: 20, seed: 5)
        let personal = try (6...7).map { seed in
            try dynamic(of: randomWeights(.paperSASRec(), items: 20, seed: seed), .paperSASRec())
        }
        func answer(_ layers: Weights?) throws -> Answer {
            var alone = try DeviceModel(.paperSASRec(), itemCount: 20, weights: weights)
            if let layers { try alone.personalize(layers) }
            return Answer(&alone)
        }
        let (base, first, second) = try (answer(nil), answer(personal[0]), answer(personal[1]))
        var model = try DeviceModel(.paperSASRec(), itemCount: 20, weights: weights)
        model.use(.personal)
        var answers = [Answer(&model)]
        #expect(answers == [base], "there are none yet")
        try model.personalize(personal[0])
        var memories: Set<ObjectIdentifier> = []
        for round in 0..<100 {
            model.use(round % 3 == 0 ? .personal : .global)
            memories.insert(ObjectIdentifier(model.memory))
            answers = [Answer(&model)]
            #expect(answers == [round % 3 == 0 ? first : base])
        }
        #expect(memories.count == 2)
        // New layers take the place of the old ones, whichever are in use; where they are refused, all is as it was.
        model.use(.global)
        try model.personalize(personal[1])
        answers = [Answer(&model)]
        model.use(.global)
        var broken = personal[0]
        broken["user.bias"] = nil
        #expect(throws: DeviceModelError.missingTensor("user.bias")) { try model.personalize(broken) }
        answers.append(Answer(&model))
        model.use(.personal)
        answers.append(Answer(&model))
        #expect(answers == [second, base, second])
    }

    @Test("going back keeps no personal layers, whichever are in use", arguments: [true, false])
    func goingBack(fromPersonal: Bool) throws {
        let weights = try randomWeights(.paperSASRec(), items: 20, seed: 5)
        var model = try DeviceModel(.paperSASRec(), itemCount: 20, weights: weights)
        let base = Answer(&model)
        try model.personalize(dynamic(of: randomWeights(.paperSASRec(), items: 20, seed: 6), .paperSASRec()))
        model.use(.global)
        if fromPersonal { model.use(.personal) }
        model.depersonalize()
        var answers = [Answer(&model)]
        model.use(.personal)
        answers.append(Answer(&model))
        #expect(answers == [base, base])
    }
}
