import Testing

@testable import metanetwork

@Suite("The next step of somebody who begins")
struct NextStepTests {
    private func command(
        _ hasData: Bool,
        _ bundles: [String],
        _ hasKey: Bool,
        _ hasRegistry: Bool,
        titles: String? = nil
    ) -> String {
        let step = NextStep(
            tool: "bin/metanetwork",
            titles: titles,
            hasData: hasData,
            bundles: bundles,
            hasKey: hasKey,
            hasRegistry: hasRegistry
        )
        return step.command
    }

    @Test("is data, then training, then a key, then publishing, then serving, with the tool as it was started")
    func order() {
        #expect(command(false, [], false, false) == "bin/metanetwork data fetch ml-100k")
        #expect(command(true, [], false, false) == "bin/metanetwork train --data ml-100k --out runs/films")
        #expect(command(true, ["runs/films"], false, false) == "bin/metanetwork keys new publisher --publisher")
        #expect(
            command(true, ["runs/films"], true, false)
                == "bin/metanetwork publish runs/films --registry registry --publisher-key publisher"
        )
        #expect(command(true, ["runs/films"], true, true) == "bin/metanetwork serve --registry registry --insecure")
    }

    @Test("has a service show titles where they are on this machine")
    func titles() {
        #expect(
            command(true, [], true, true, titles: "data/ml-100k/ml-100k.item")
                == "bin/metanetwork serve --registry registry --insecure --items data/ml-100k/ml-100k.item"
        )
    }
}
