import Foundation
import NIOCore
import NIOHTTPTypes

/// Closes a connection whose client does not read its answer.
///
/// While more of an answer waits than a connection buffers, the channel is not writable. A client that reads makes it writable again,
/// piece by piece, however large the file and however slow the network; one that reads nothing does not. Its connection is reset: closed
/// in order, the kernel would keep it, and what was not read, for as long as the client likes.
final class StalledAnswerHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let limit: TimeAmount
    private var deadline: Scheduled<Void>?

    /// - Parameter limit: How long the channel may stay unwritable.
    init(limit: TimeAmount) { self.limit = limit }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        cancel()
        if !context.channel.isWritable {
            deadline = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { Self.reset(context) }
        }
        context.fireChannelWritabilityChanged()
    }

    private static func reset(_ context: ChannelHandlerContext) {
        // Takes effect at once, as this is the channel's event loop; where it fails the connection is closed all the same.
        _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    private func cancel() {
        deadline?.cancel()
        deadline = nil
    }
}
