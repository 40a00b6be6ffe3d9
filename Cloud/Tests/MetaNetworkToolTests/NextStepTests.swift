import Testing

@testable import metanetwork

@Suite("The next step of somebody who begins")
struct NextStepTests {
    @Test("is data, then training, then publishing, then serving")
    func order() {
        func command(_ hasData: Bool, _ bundles: [String], _ hasRegistry: Bool) -> String {
            NextStep(hasData: hasData, bundles: bundles, hasRegistry: hasRegistry).command
        }
        #expect(command(false, [], false) == "metanetwork data fetch ml-100k")
        #expect(command(true, [], false) == "metanetwork train --data ml-100k --out runs/films")
        #expect(command(true, ["runs/films"], false) == "metanetwork publish runs/films --registry registry")
        #expect(command(true, ["runs/films"], true) == "metanetwork serve --registry registry --insecure")
    }
}
