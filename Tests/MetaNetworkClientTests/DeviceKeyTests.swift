import Crypto
import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("The key of a device")
struct DeviceKeyTests {
    private func appKey(_ configuration: inout PersonalModel.Configuration) {
        configuration.credentials = .appKey("app key")
    }

    private func folder(_ phone: borrowing Phone) -> ModelFolder {
        ModelFolder(directory: phone.folder, model: TestBundle.model, limits: Limits())
    }

    @Test("A new installation makes a key, its id of it, and shows it for each token, counting on")
    func proof() async throws {
        let phone = try Phone()
        await phone.service.challenge(true, needs: true)
        let model = try await phone.open(appKey)
        let key = try #require(folder(phone).deviceKey())
        #expect(await phone.service.tokenDevices == [key.device])
        let first = try #require(await phone.service.proofs.first ?? nil)
        let raw = try #require(Data(base64Encoded: first.key))
        let signature = try #require(Data(base64Encoded: first.signature))
        let publicKey = try Curve25519.Signing.PublicKey(rawRepresentation: raw)
        #expect(publicKey.isValidSignature(signature, for: Data(first.message(device: key.device))))
        #expect(first.challenge == "challenge 0" && first.counter == 1_000_000)
        // The token has ended, and the clock was set back meanwhile: the counter goes on.
        phone.time.setWall(500_000)
        await model.record("film 4")
        await phone.service.accept([])
        try? await model.refresh()
        let second = try #require(await phone.service.proofs.last ?? nil)
        #expect(second.counter == 1_000_001 && second.challenge != first.challenge)
        // Nobody but its user reads the key.
        let rights = try FileManager.default.attributesOfItem(
            atPath: phone.modelFolder.appendingPathComponent("device.key").path
        )
        #expect((rights[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test("A service of release 0.1 knows no challenges: the token is asked for as before")
    func olderService() async throws {
        let phone = try Phone()
        _ = try await phone.open(appKey)
        #expect(await phone.service.tokenDevices.count == 1)
        #expect(await phone.service.proofs == [nil])
    }

    @Test(
        "An installation of release 0.1 keeps its id until the service asks for a key, and what it shared is deleted with the rest"
    )
    func olderInstallation() async throws {
        let phone = try Phone()
        let old = UUID().uuidString
        try FileManager.default.createDirectory(at: phone.modelFolder, withIntermediateDirectories: true)
        for name in ["device", "device.copy"] {
            try SealedFile.write(Data(old.utf8), to: phone.modelFolder.appendingPathComponent(name))
        }
        try Data().write(to: phone.modelFolder.appendingPathComponent("shared"))
        await phone.service.challenge(true)
        _ = try await phone.open(appKey)
        #expect(await phone.service.tokenDevices == [old])
        #expect(await phone.service.proofs == [nil])
        await phone.service.challenge(true, needs: true)
        let model = try await phone.open(appKey)
        await model.record("film 4")
        try await model.refresh()
        let key = try #require(folder(phone).deviceKey())
        #expect(await phone.service.tokenDevices == [old, old, key.device])
        #expect(folder(phone).formerDevices() == [old] && key.device != old)
        try await model.forget()
        await model.waitUntilIdle()
        #expect(await Set(phone.service.deletions) == [old, key.device])
        #expect(folder(phone).formerDevices().isEmpty)
    }

    @Test(
        "A lost or damaged key costs the device its id where the service asks for one, and no sample that it shared its deletion"
    )
    func lostKey() async throws {
        let phone = try Phone()
        await phone.service.challenge(true, needs: true)
        _ = try await phone.open(appKey)
        try folder(phone).noteSharing()
        let first = try #require(folder(phone).deviceKey()).device
        try Data("damaged".utf8).write(to: phone.modelFolder.appendingPathComponent("device.key"))
        let model = try await phone.open(appKey)
        await model.record("film 4")
        try await model.refresh()
        let second = try #require(folder(phone).deviceKey()).device
        #expect(second != first && folder(phone).formerDevices() == [first])
    }

    @Test(
        "A token of before the service asked for keys is given back for one with a proof, by requests that fail together too"
    )
    func laterService() async throws {
        let phone = try Phone()
        let model = try await phone.open(appKey)
        #expect(await phone.service.proofs == [nil])
        await phone.service.challenge(true, needs: true)
        await model.record("film 4")
        async let refreshed: Void = model.refresh()
        async let alsoRefreshed: Void = model.refresh()
        _ = try await (refreshed, alsoRefreshed)
        let proofs = await phone.service.proofs
        let key = try #require(folder(phone).deviceKey())
        #expect(proofs.dropFirst().allSatisfy { $0 != nil } && proofs.count >= 2)
        #expect(await Set(phone.service.tokenDevices) == [key.device])
    }
}
