import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection whose request's body does not arrive in time.
///
/// The idle timeout covers slow headers, as it only sees complete parts; each piece of a body restarts it.
final class SlowRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let limit: TimeAmount
    private var isIncomplete = false
    private var deadline: Scheduled<Void>?

    init(limit: TimeAmount) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: isIncomplete = true
        case .body: break
        case .end:
            isIncomplete = false
            deadline?.cancel()
            deadline = nil
        }
        context.fireChannelRead(data)
    }

    /// Most requests arrive in one piece, and need no timer.
    func channelReadComplete(context: ChannelHandlerContext) {
        if isIncomplete, deadline == nil {
            deadline = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { context.close(promise: nil) }
        }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        context.fireChannelInactive()
    }
}
