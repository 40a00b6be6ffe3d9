import Hummingbird
import MetaNetworkWire
import NIOCore

/// What a request carries from middleware to controllers.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The device that asks, once its token was recognised; empty where tokens are not needed.
    var device = ""
    /// How the client is answered.
    var label = WireLabel.two
    /// What the request is called in its answer and in the log.
    var requestID = ""
    /// The request's span; `nil` where requests are not traced.
    var trace: RequestTrace?
    /// The connection.
    let channel: any Channel

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Maximum number of bytes in a body that is decoded; controllers that collect bodies themselves have the configured limit.
    var maxUploadSize: Int { 1 << 20 }

    /// A part of the path that the route names.
    func parameter(_ name: String) -> String {
        guard let value = parameters.get(name) else { preconditionFailure("the route has no parameter '\(name)'") }
        return value
    }
}
