import Testing

@testable import metanetwork

@Suite("The next step of somebody who begins")
struct NextStepTests {
    @Test("is data, then training, then a key, then publishing, then serving")
    func order() {
        func command(_ hasData: Bool, _ bundles: [String], _ hasKey: Bool, _ hasRegistry: Bool) -> String {
            NextStep(hasData: hasData, bundles: bundles, hasKey: hasKey, hasRegistry: hasRegistry).command
        }
        #expect(command(false, [], false, false) == "metanetwork data fetch ml-100k")
        #expect(command(true, [], false, false) == "metanetwork train --data ml-100k --out runs/films")
        #expect(command(true, ["runs/films"], false, false) == "metanetwork keys new publisher --publisher")
        #expect(
            command(true, ["runs/films"], true, false)
                == "metanetwork publish runs/films --registry registry --publisher-key publisher"
        )
        #expect(command(true, ["runs/films"], true, true) == "metanetwork serve --registry registry --insecure")
    }
}
