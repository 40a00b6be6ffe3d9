import Foundation
import MetaNetworkClient
import MetaNetworkWire

/// What all devices of a simulation have in common.
public struct SimulationSettings: Sendable {
    /// The service.
    public var server: URL
    /// Name of the model.
    public var model: String
    /// Whose answers devices believe.
    public var trust: Trust
    /// What devices show the service.
    public var credentials: Credentials
    /// What devices upload.
    public var upload = PersonalModel.Upload.ids
    /// How the weights travel.
    public var payload = PayloadFormat.float16
    /// Whether devices share their samples with the service.
    public var sharesSamples = false
    /// Which inputs of a model over vectors devices share with the service.
    public var sharesInputs: PersonalModel.InputSharing?
    /// Whether devices share the codes that they learn with the service.
    var sharesCode = false
    /// When personal weights retire.
    public var retireAfter = PersonalModel.RetireAfter.measured
    /// Whether held-out interactions happen from now on, and not up to now: what is shared of them is shared beside a candidate.
    var livesFromNow = false
    /// Whether devices compare personal weights with the base model on what their users choose.
    public var guardsQuality = true
    /// Which inputs a larger model in the cloud may answer.
    var deferral = PersonalModel.Deferral.never
    /// Simulated time from one interaction to the next.
    public var interval = Duration.seconds(3600)
    /// How often the network fails.
    public var conditions = NetworkConditions()
    /// Carries what is not lost; shared by all, as they share one machine.
    public var transport: any Transport

    /// Creates settings.
    public init(
        server: URL,
        model: String,
        trust: Trust,
        credentials: Credentials,
        transport: any Transport = URLSessionTransport()
    ) {
        (self.server, self.model, self.trust, self.credentials) = (server, model, trust, credentials)
        self.transport = transport
    }

    /// Tries of an installation before it is given up: a service that is just being started again, or a lost packet, is not the
    /// end of one.
    private static let tries = 400

    /// The app's first launch, which happens where it was installed: online.
    ///
    /// - Parameters:
    ///   - folder: Where the device keeps its files.
    ///   - network: Its network.
    ///   - time: Its clocks.
    ///   - policy: When it refreshes.
    func open(
        _ folder: URL,
        _ network: SimulatedNetwork,
        _ time: SimulatedTime,
        _ policy: any RefreshPolicy
    ) async throws -> PersonalModel {
        var configuration = PersonalModel.Configuration(trust: trust)
        configuration.credentials = credentials
        configuration.policy = policy
        configuration.upload = upload
        configuration.payload = payload
        configuration.sharesSamples = sharesSamples
        configuration.sharesInputs = sharesInputs
        configuration.sharesCode = sharesCode
        configuration.retireAfter = retireAfter
        configuration.guardsQuality = guardsQuality
        configuration.deferral = deferral
        configuration.transport = network
        configuration.time = time
        for attempt in 1... {
            do {
                return try await PersonalModel(
                    server: server,
                    model: model,
                    directory: folder,
                    configuration: configuration
                )
            } catch ClientError.noModel where attempt < Self.tries {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }
}
