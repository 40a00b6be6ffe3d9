import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("The limit of connections from one address")
struct AddressLimitTests {
    @Test("refuses one more, and takes it once another has ended")
    func counts() {
        let limit = AddressLimit(2)
        #expect(limit.open("a") && limit.open("a") && !limit.open("a"))
        #expect(limit.open("b"), "another address has its own")
        limit.close("a")
        #expect(limit.open("a") && !limit.open("a"))
    }

    @Test("closes a connection that is too many, and forgets those that end")
    func channels() throws {
        let limit = AddressLimit(1)
        func channel() throws -> EmbeddedChannel {
            let channel = EmbeddedChannel(handler: AddressLimitHandler(limit) { _ in "192.0.2.1" })
            try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
            return channel
        }
        let first = try channel()
        #expect(first.isActive)
        let second = try channel()
        second.embeddedEventLoop.run()
        #expect(!second.isActive && first.isActive)
        try first.close().wait()
        #expect(try channel().isActive)
    }

    @Test("counts nobody on this machine, nor where there is no limit")
    func exempt() throws {
        func counted(_ limit: Int, _ address: String) throws -> String? {
            let channel = EmbeddedChannel()
            channel.remoteAddress = try SocketAddress(ipAddress: address, port: 1)
            return AddressLimit(limit).counted(channel)
        }
        #expect(try counted(1, "192.0.2.1") == "192.0.2.1")
        #expect(try counted(1, "127.0.0.1") == nil && counted(1, "::1") == nil)
        #expect(try counted(0, "192.0.2.1") == nil)
    }
}
