import Testing

@testable import MetaNetworkData

@Suite("A device that changes its wearer")
struct WearerStreamTests {
    /// Two devices of each person, with inputs that say whose they are; each fills two stays and a half.
    private func devices(_ persons: Int) -> [LabelledDevice] {
        (0..<persons).flatMap { person in
            ["left", "right"].enumerated().map { side, name in
                LabelledDevice(
                    name: "p\(person)-\(name)",
                    group: "p\(person)",
                    inputs: (0..<62).map { [Float(person), Float(side), Float($0)] },
                    targets: (0..<62).map { [Float($0 % 3)] }
                )
            }
        }
    }

    @Test("meets 25 inputs of one wearer, then of another, each with what is right", arguments: [2, 3, 6])
    func changes(persons: Int) throws {
        let stream = try WearerStream(devices(persons), of: .test, seed: 1)
        #expect(stream.inputs.count == 4 * persons * 2 * 2 * 25, "nobody has more stays than the others together")
        for first in stride(from: 0, to: stream.inputs.count, by: 25) {
            let stay = first..<first + 25
            #expect(Set(stream.wearers[stay]).count == 1)
            #expect(Set(stream.inputs[stay].map { $0[1] }).count == 1, "of one device")
            #expect(Set(stream.inputs[stay].map { $0[2] }).count == 25, "each once")
            if first > 0 { #expect(stream.wearers[first] != stream.wearers[first - 1]) }
            for place in stay {
                #expect(stream.wearers[place] == "p\(Int(stream.inputs[place][0]))")
                #expect(stream.targets[place] == [Float(Int(stream.inputs[place][2]) % 3)])
            }
        }
    }

    @Test("is the same for a seed and a part, and another for others")
    func seeds() throws {
        let devices = devices(4)
        let stream = try WearerStream(devices, of: .test, seed: 1)
        #expect(try WearerStream(devices, of: .test, seed: 1).inputs == stream.inputs)
        #expect(try WearerStream(devices, of: .test, seed: 2).inputs != stream.inputs)
        #expect(try WearerStream(devices, of: .training, seed: 1).inputs != stream.inputs)
    }

    @Test("needs two wearers who fill a stay, and says so")
    func alone() throws {
        let error = #expect(throws: DataError.self) { try WearerStream(devices(1), of: .validation, seed: 1) }
        #expect(error?.description.contains("the validation part has 1; give more devices") == true)
        let brief = LabelledDevice(
            name: "b",
            group: "b",
            inputs: [[0, 0, 0]],
            targets: [[0]]
        )
        #expect(throws: DataError.self) { try WearerStream(devices(1) + [brief], of: .test, seed: 1) }
    }

    @Test("leaves out what a wearer has over all others")
    func uneven() throws {
        let many = LabelledDevice(
            name: "m",
            group: "m",
            inputs: (0..<500).map { [9, 0, Float($0)] },
            targets: (0..<500).map { _ in [0] }
        )
        let stream = try WearerStream(devices(1) + [many], of: .test, seed: 1)
        let changes = stream.wearers.indices.dropFirst().filter { stream.wearers[$0] != stream.wearers[$0 - 1] }
        #expect(changes == stride(from: 25, to: stream.inputs.count, by: 25).map { $0 })
        // Four stays of one wearer have five of the other around them, in each of four rounds.
        #expect((4 * 8...4 * 9).contains(stream.inputs.count / 25))
    }
}
