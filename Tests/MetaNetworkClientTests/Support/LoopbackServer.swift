import Foundation
import Testing

/// An HTTP server on this machine that answers each connection with some bytes, for tests of the network's edges.
struct LoopbackServer {
    private let socketFile: Int32
    let port: UInt16

    /// - Parameters:
    ///   - pause: Seconds before each piece.
    ///   - answer: The pieces that are sent for a request, by its first line and its headers.
    init(pause: Double = 0, _ answer: @escaping @Sendable (String) -> [Data]) throws {
        #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue)
        #else
        let kind = SOCK_STREAM
        #endif
        let file = socket(AF_INET, kind, 0)
        try #require(file >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let size = length
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, size) == 0 && listen(file, 16) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        try #require(result)
        socketFile = file
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread {
            while true {
                let connection = accept(file, nil, nil)
                guard connection >= 0 else { break }
                Self.serve(connection, pause, answer)
            }
            close(file)
        }
    }

    /// Ends the server; its thread closes the socket, so that no other gets its number before.
    func stop() { shutdown(socketFile, Int32(SHUT_RDWR)) }

    func url(_ path: String) throws -> URL { try #require(URL(string: "http://127.0.0.1:\(port)\(path)")) }

    /// A client that is gone is no reason to end the tests.
    private static var noSignal: Int32 {
        Int32(MSG_NOSIGNAL)
    }

    private static func serve(_ connection: Int32, _ pause: Double, _ answer: (String) -> [Data]) {
        defer { close(connection) }
        var request = Data()
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while request.range(of: Data("\r\n\r\n".utf8)) == nil {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            request.append(contentsOf: buffer[..<count])
        }
        for piece in answer(String(decoding: request, as: UTF8.self)) {
            if pause > 0 { Thread.sleep(forTimeInterval: pause) }
            let sent = piece.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, noSignal) }
            guard sent == piece.count else { return }
        }
    }
}
