import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A connection that says what a test tells it to, and not what HTTP wants.
struct RawConnection {
    private let channel: any Channel
    private let collector: Collector

    /// What came from the other side.
    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let state = Mutex((text: "", isClosed: false))
        var text: String { state.withLock { $0.text } }
        var isClosed: Bool { state.withLock { $0.isClosed } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            state.withLock { $0.text += text }
        }
        func channelInactive(context: ChannelHandlerContext) { state.withLock { $0.isClosed = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// - Parameters:
    ///   - port: The server's.
    ///   - reads: Whether what comes is read.
    ///   - certificate: Speaks TLS, and receives the certificate that was shown; whoever shows it is trusted.
    init(port: Int, reads: Bool = true, certificate: (@Sendable (NIOSSLCertificate) -> Void)? = nil) async throws {
        let collector = Collector()
        self.collector = collector
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        let context = try certificate.map { _ in try NIOSSLContext(configuration: configuration) }
        channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context, let certificate {
                        let handler = try NIOSSLClientHandler(context: context, serverHostname: nil) { shown, promise in
                            if let first = shown.first { certificate(first) }
                            promise.succeed(.certificateVerified)
                        }
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(collector)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    /// Everything that came so far.
    var text: String { collector.text }
    /// Whether the other side closed the connection.
    var isClosed: Bool { collector.isClosed }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }
    func endOutput() async throws { try await channel.close(mode: .output) }
    func close() async { try? await channel.close() }
}
