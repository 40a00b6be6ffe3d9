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

    /// What connections from an address are counted under.
    private func counted(_ limit: Int, _ address: String) throws -> String? {
        let channel = EmbeddedChannel()
        channel.remoteAddress = try SocketAddress(ipAddress: address, port: 1)
        return AddressLimit(limit).counted(channel)
    }

    @Test("counts nobody on this machine, nor where there is no limit")
    func exempt() throws {
        #expect(try counted(1, "192.0.2.1") == "192.0.2.1")
        for own in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] { #expect(try counted(1, own) == nil, "\(own)") }
        #expect(try counted(0, "192.0.2.1") == nil)
    }

    @Test("counts a client of IPv6 by its network, for it has all addresses of that, and one of IPv4 by its address")
    func networks() throws {
        #expect(try counted(1, "2001:db8:1:2::1") == "20010db800010002::/64")
        #expect(try counted(1, "2001:db8:1:2:ffff:ffff:ffff:ffff") == "20010db800010002::/64")
        #expect(try counted(1, "2001:db8:1:3::1") == "20010db800010003::/64")
        #expect(try counted(1, "fe80::1") == "fe80000000000000::/64")
        #expect(try counted(1, "::ffff:192.0.2.1") == "192.0.2.1")
    }
}
