import Foundation
import MetaNetworkWire

/// The service's endpoints, one method each. Answers are checked for size and status here, for truth by who asked.
actor CloudService {
    let address: ServiceAddress
    let transport: any Transport
    let time: any TimeSource
    var tokens: TokenSource
    /// Grows when the device is forgotten: a token that was asked for before is another's.
    private(set) var epoch = 0
    let limits: Limits
    /// What it says of itself where it asks for a manifest.
    let capability: ClientCapability
    /// Which large transfers may use a constrained network.
    let downloads: LowDataDownloads
    /// The token that is being fetched, and for which epoch.
    var fetch: (epoch: Int, task: Task<DeviceToken?, any Error>)?

    /// Maximum size of the body of an answer that is no file, in bytes.
    static let smallAnswer = 64 << 10
    /// Longest wait for a small answer, and for more of a file, in seconds.
    static let timeout = 30.0

    init(
        _ address: ServiceAddress,
        transport: any Transport,
        tokens: TokenSource,
        limits: Limits,
        time: any TimeSource,
        capability: ClientCapability = ClientCapability(memory: nil),
        downloads: LowDataDownloads = .first
    ) {
        self.address = address
        self.transport = transport
        self.tokens = tokens
        self.limits = limits
        self.time = time
        self.capability = capability
        self.downloads = downloads
    }

    /// A manifest as it came.
    struct ManifestAnswer: Sendable {
        let body: Data
        let signature: String?
        /// What the publisher says of the version; `nil` where the service sent nothing of the kind.
        let release: String?
        /// Where the version's files are besides the service; `nil` where the service names no such place, or none that may be asked.
        let files: URL?
    }

    /// An answer to a request for the manifest.
    enum ManifestReply: Sendable {
        case changed(ManifestAnswer)
        /// The version in use is the current one; what the publisher says of it, where the service sent that.
        case unchanged(release: String?)
    }

    /// An answer to a request for parameters.
    enum ParametersAnswer: Sendable {
        case generated(body: Data, signature: String?)
        /// The version is no longer served.
        case versionGone
    }

    /// The manifest of the current version, where that is another than the one in use.
    ///
    /// - Parameter version: The version in use, from its manifest, whose signature was checked. A tag that came with an answer is not
    ///   signed: who sent an old manifest with the tag of the current one would hold the device back for good.
    func manifest(unless version: String?) async throws -> ManifestReply {
        var request = small("GET", address.manifest, limit: max(limits.manifestBytes, Self.smallAnswer))
        request.headers[ClientRelease.header] = capability.text
        if let version { request.headers["If-None-Match"] = "\"\(version)\"" }
        let response = try await send(request)
        let release = response.header(ReleaseStatement.header)
        if response.status == 304, version != nil { return .unchanged(release: release) }
        guard response.status == 200 else { throw refusal(response) }
        return .changed(
            ManifestAnswer(
                body: response.body,
                signature: response.header(ResponseSignature.header),
                release: release,
                files: response.header(FilesAddress.header).flatMap(ServiceAddress.files)
            )
        )
    }

    /// Asks for personal weights.
    func parameters(_ message: ParametersRequest) async throws -> ParametersAnswer {
        let response = try await send(
            try post(message, to: address.parameters, limit: max(limits.parametersBytes, Self.smallAnswer))
        )
        switch response.status {
        case 200: return .generated(body: response.body, signature: response.header(ResponseSignature.header))
        case 409: return .versionGone
        default: throw refusal(response)
        }
    }

    /// Has the larger model in the cloud answer an input.
    ///
    /// - Parameter timeout: Seconds without a byte after which there is no answer.
    func answer(_ message: AnswerRequest, timeout: Double) async throws -> (body: Data, signature: String?) {
        var request = try post(message, to: address.answers)
        request.timeout = timeout
        let response = try await send(request)
        guard response.status == 200 else { throw refusal(response) }
        return (response.body, response.header(ResponseSignature.header))
    }

    /// Forgets the token, which names the device. What is under way for that device comes to nothing.
    func forgetDevice() {
        epoch += 1
        tokens.forget()
    }
}
