import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkClient

/// A device with a folder of its own and a service in memory.
struct Phone: ~Copyable {
    let folder: URL
    let service: FakeService
    let time = ManualTime()
    let bundle: TestBundle

    init(_ bundle: TestBundle? = nil) throws {
        self.bundle = try bundle ?? TestBundle()
        service = FakeService(self.bundle)
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("phone-\(UUID().uuidString)")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The folder of the model.
    var modelFolder: URL { folder.appendingPathComponent(TestBundle.model) }

    /// Opens the model; refreshes happen when a test asks for them unless it sets a policy.
    func open(_ change: (inout PersonalModel.Configuration) -> Void = { _ in }) async throws -> PersonalModel {
        var configuration = PersonalModel.Configuration(trust: .keys([try service.publicKey], publishers: []))
        configuration.transport = service.transport
        configuration.time = time
        configuration.policy = AnyOf([])
        change(&configuration)
        let server = try #require(URL(string: "https://service.test"))
        return try await PersonalModel(
            server: server,
            model: TestBundle.model,
            directory: folder,
            configuration: configuration
        )
    }

    /// From now on the only network is in Low Data Mode.
    func goConstrained() async {
        await service.interrupt { request in
            guard request.allowsConstrainedNetwork else { throw TransportError.constrainedNetwork }
            return nil
        }
    }

    /// No network from now on.
    func goOffline() async {
        await service.interrupt { _ in throw TransportError.failed("no network") }
    }
}

extension PersonalModel {
    /// The scores of the whole catalogue, by which rankings are compared.
    func scores() -> [RankedItem] { topItems(.max) }
}
