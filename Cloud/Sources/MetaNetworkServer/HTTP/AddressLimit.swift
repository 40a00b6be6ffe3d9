import NIOCore
import NIOHTTPTypes
import Synchronization

/// How many connections each address has, so that none takes them all.
final class AddressLimit: Sendable {
    private let limit: Int
    private let connections = Mutex<[String: Int]>([:])

    /// - Parameter limit: Connections that one address may have; 0 counts none, as behind a proxy, which all devices come from.
    init(_ limit: Int) { self.limit = limit }

    /// Counts a connection.
    ///
    /// - Parameter address: From ``counted(_:)``.
    /// - Returns: Whether the address may have it; ``close(_:)`` is then called when it ends.
    func open(_ address: String) -> Bool {
        connections.withLock { connections in
            let count = connections[address, default: 0]
            guard count < limit else { return false }
            connections[address] = count + 1
            return true
        }
    }

    /// Forgets a connection that was counted.
    func close(_ address: String) {
        connections.withLock { connections in
            guard let count = connections[address] else { preconditionFailure("no connection of it was counted") }
            connections[address] = count > 1 ? count - 1 : nil
        }
    }

    /// The address that a channel's connections are counted under; `nil` where they are not counted.
    func counted(_ channel: any Channel) -> String? {
        limit > 0 ? channel.clientAddress : nil
    }
}

/// Closes a connection at once whose address has as many as it may have.
final class AddressLimitHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let limit: AddressLimit
    private let address: @Sendable (any Channel) -> String?
    private var counted: String?

    /// - Parameters:
    ///   - limit: Counts the connections of all channels.
    ///   - address: The address of a channel's client; the limit's own reading unless given.
    init(_ limit: AddressLimit, address: (@Sendable (any Channel) -> String?)? = nil) {
        self.limit = limit
        self.address = address ?? { limit.counted($0) }
    }

    func channelActive(context: ChannelHandlerContext) {
        if let address = address(context.channel) {
            guard limit.open(address) else { return context.close(promise: nil) }
            counted = address
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let counted { limit.close(counted) }
        counted = nil
        context.fireChannelInactive()
    }
}
