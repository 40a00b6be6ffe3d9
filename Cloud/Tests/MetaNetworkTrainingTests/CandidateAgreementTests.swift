import MetaNetwork
import MetaNetworkData
import Testing
import Torch

@testable import MetaNetworkModels

@Suite("What becomes of the MetaStabilizer's candidates")
struct CandidateAgreementTests {
    @Test("equal candidates have the cosine 1 and even weights")
    func equal() {
        let agreement = CandidateAgreement([[[1, 2], [1, 2], [1, 2]]], temperature: 0.5)
        #expect(abs(agreement.cosine - 1) < 1e-12 && abs(agreement.entropy - 1) < 1e-12)
    }

    @Test("orthogonal candidates have the cosine 0, and the softmax of their squared lengths weighs them")
    func orthogonal() {
        let agreement = CandidateAgreement([[[1, 0], [0, 2]]], temperature: 1)
        #expect(agreement.cosine == 0)
        // softmax(1, 4) = (0.0474259, 0.9525741), whose entropy is 0.1908650 of log 2 = 0.6931472.
        #expect(abs(agreement.entropy - 0.2753599) < 1e-6)
    }

    @Test("groups count alike, and a candidate of zeros is like no other")
    func groups() {
        let agreement = CandidateAgreement([[[1, 1], [1, 1]], [[0, 0], [3, 0]]], temperature: 1e9)
        #expect(abs(agreement.cosine - 0.5) < 1e-12)
        #expect(abs(agreement.entropy - 1) < 1e-6, "a high temperature weighs all alike")
    }

    @Test("it is measured on what the stabilizer compares", arguments: GeneratorConfiguration.Similarity.allCases)
    func generator(_ similarity: GeneratorConfiguration.Similarity) throws {
        let architecture = try #require(Architecture.shipped("bag", .init(width: 4, window: 3)))
        func agreement(_ form: GeneratorConfiguration.Form, temperature: Double) throws -> CandidateAgreement? {
            let configuration = GeneratorConfiguration(
                form: form,
                width: 4,
                rank: 2,
                candidates: 3,
                temperature: temperature,
                similarity: similarity
            )
            let model = try JointModel(architecture, generator: configuration, itemCount: 6, seed: 1)
            return try model.generator?.candidateAgreement()
        }
        #expect(try agreement(.residual, temperature: 1) == nil)
        let even = try #require(try agreement(.stabilized, temperature: 1e6))
        #expect(even.entropy > 0.999 && abs(even.cosine) < 0.6, "candidates start independent of each other")
        let choice = try #require(try agreement(.stabilized, temperature: 1e-6))
        #expect(choice.entropy < 0.3, "a low temperature chooses")
    }
}
