import Crypto
import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("Tokens")
struct TokenTests {
    private let fixture = ServerFixture()
    private let old = [UInt8](repeating: 7, count: 32)
    private let new = [UInt8](repeating: 8, count: 32)

    private func authority(_ secrets: [[UInt8]]) async -> TokenAuthority {
        await TokenAuthority(secrets: secrets.map { TokenSecret($0) }, lifetime: 60)
    }

    @Test("name their device until they end; forged ones and those of another service do not")
    func devices() async throws {
        let authority = await authority([old])
        let token = try await authority.token(for: "device-1").token
        // Remembered or not.
        for _ in 0..<2 {
            #expect(await authority.device(of: token) == "device-1")
            #expect(await authority.device(of: token, now: Date(timeIntervalSinceNow: 61)) == nil)
            #expect(await authority.device(of: token + "x") == nil)
        }
        #expect(await authority.device(of: "") == nil)
        #expect(await self.authority([new]).device(of: token) == nil)
        // {"alg":"none"} and the same claims; and the same signature under other claims.
        let parts = token.split(separator: ".").map(String.init)
        #expect(await authority.device(of: "eyJhbGciOiJub25lIn0.\(parts[1]).") == nil)
        let other = try await authority.token(for: "device-2").token.split(separator: ".").map(String.init)
        #expect(await authority.device(of: "\(other[0]).\(other[1]).\(parts[2])") == nil)
    }

    @Test("say who issued them, for whom, and with which secret, and are refused where that is another")
    func claims() async throws {
        func json(_ part: Substring) throws -> [String: Any] {
            let text = String(part).replacing("-", with: "+").replacing("_", with: "/")
            let padded = text + String(repeating: "=", count: (4 - text.count % 4) % 4)
            let object = try JSONSerialization.jsonObject(with: try #require(Data(base64Encoded: padded)))
            return try #require(object as? [String: Any])
        }
        let authority = await authority([old])
        let parts = try await authority.token(for: "device-1").token.split(separator: ".")
        #expect(try json(parts[0])["kid"] as? String == TokenSecret(old).id)
        let claims = try json(parts[1])
        #expect(claims["iss"] as? String == "metanetwork" && claims["sub"] as? String == "device-1")
        // The name of a secret says nothing of it.
        #expect(TokenSecret(old).id != TokenSecret(new).id && TokenSecret(old).id.count == 12)
        // Signed with the right secret, by and for somebody else.
        for (issuer, audience) in [("metanetwork", "bank"), ("bank", "metanetwork")] {
            let header = Self.base64URL(Data(#"{"alg":"HS256","typ":"JWT","kid":"\#(TokenSecret(old).id)"}"#.utf8))
            let body = Self.base64URL(
                Data(
                    #"{"sub":"device-1","exp":\#(Int(Date().timeIntervalSince1970) + 60),"iss":"\#(issuer)","aud":"\#(audience)"}"#
                        .utf8
                )
            )
            let code = HMAC<SHA256>.authenticationCode(
                for: Data("\(header).\(body)".utf8),
                using: SymmetricKey(data: old)
            )
            #expect(await authority.device(of: "\(header).\(body).\(Self.base64URL(Data(code)))") == nil)
        }
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    @Test("of an old secret are good while it is still there, and new ones are signed with the first")
    func rotation() async throws {
        let before = await authority([old])
        let both = await authority([new, old])
        let after = await authority([new])
        let aged = try await before.token(for: "device-1").token
        #expect(await both.device(of: aged) == "device-1")
        #expect(await after.device(of: aged) == nil)
        let fresh = try await both.token(for: "device-1").token
        #expect(await after.device(of: fresh) == "device-1")
        #expect(await before.device(of: fresh) == nil)
    }

    @Test("are signed with secrets of files for their owner alone, of 32 bytes or more without the newline at the end")
    func files() throws {
        let folder = try fixture.makeFolder()
        func secret(_ name: String, _ bytes: [UInt8], mode: Int = 0o600) throws -> URL {
            let file = folder.appendingPathComponent(name)
            try Data(bytes).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            return file
        }
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 32)
        let (plain, ended) = (try secret("plain", text), try secret("ended", text + [10]))
        let secrets = try TokenSecret.all(.files([plain, ended]))
        #expect(secrets.map(\.bytes) == [text, text] && secrets[0].id == secrets[1].id)
        for bad in [
            try secret("short", Array(text.dropFirst()) + [10]), try secret("wide", text, mode: 0o640),
            folder.appendingPathComponent("nowhere"),
        ] {
            let error = #expect(throws: ConfigurationProblem.self) { try TokenSecret.all(.files([plain, bad])) }
            #expect(error?.description.contains(bad.path) == true)
        }
        #expect(throws: ConfigurationProblem.self) { try TokenSecret.all(.these([[1]])) }
        #expect(throws: ConfigurationProblem.self) { try TokenSecret.all(.these([])) }
        // Nobody named one: it is another each time.
        #expect(try TokenSecret.all(.ofThisProcess)[0].bytes != TokenSecret.all(.ofThisProcess)[0].bytes)
    }
}
