import Crypto
import Foundation
import Testing

@testable import MetaNetworkServer

/// The examples of "Signature Calculations for the Authorization Header" in Amazon's documentation of S3.
@Suite("A signature for S3")
struct S3SignatureTests {
    private static let host = "examplebucket.s3.amazonaws.com"
    private static let nothing = SHA256.hash(data: Data()).hexadecimalDigits

    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let signature: String
        let request: S3Signature.Request
        let signed: String
    }

    static let examples = [
        Example(
            testDescription: "GET Object",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            request: .init(
                method: "GET",
                path: "/test.txt",
                headers: ["Host": host, "Range": "bytes=0-9"],
                payload: nothing
            ),
            signed: "host;range;x-amz-content-sha256;x-amz-date"
        ),
        Example(
            testDescription: "PUT Object",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            request: .init(
                method: "PUT",
                path: "/test$file.text",
                headers: [
                    "host": host, "date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY",
                ],
                payload: SHA256.hash(data: Data("Welcome to Amazon S3.".utf8)).hexadecimalDigits
            ),
            signed: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class"
        ),
        Example(
            testDescription: "GET Bucket Lifecycle",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            request: .init(
                method: "GET",
                path: "/",
                query: [("lifecycle", "")],
                headers: ["host": host],
                payload: nothing
            ),
            signed: "host;x-amz-content-sha256;x-amz-date"
        ),
        Example(
            testDescription: "List Objects",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            request: .init(
                method: "GET",
                path: "/",
                query: [("prefix", "J"), ("max-keys", "2")],
                headers: ["host": host],
                payload: nothing
            ),
            signed: "host;x-amz-content-sha256;x-amz-date"
        ),
    ]

    private let credentials = S3Credentials(
        accessKey: "AKIAIOSFODNN7EXAMPLE",
        secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    )
    private let time = Date(timeIntervalSince1970: 1_369_353_600)

    @Test("is what Amazon's examples have", arguments: examples)
    func published(_ example: Example) {
        let signature = S3Signature(credentials: credentials, region: "us-east-1", time: time)
        let headers = signature.headers(of: example.request)
        #expect(
            headers["authorization"]
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=\(example.signed),Signature=\(example.signature)"
        )
        #expect(headers["x-amz-date"] == "20130524T000000Z")
    }

    @Test("covers the token of keys that end, and no text shows a key")
    func token() {
        var credentials = credentials
        credentials.token = "a-token"
        let signature = S3Signature(credentials: credentials, region: "us-east-1", time: time)
        let headers = signature.headers(of: Self.examples[0].request)
        #expect(headers["x-amz-security-token"] == "a-token")
        #expect(headers["authorization"]?.contains("x-amz-date;x-amz-security-token,") == true)
        #expect(headers["authorization"]?.contains(Self.examples[0].signature) == false)
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), "\(headers)", dumped] {
            #expect(!text.contains(credentials.secretKey), "\(text)")
        }
    }

    @Test("spells a path and a query as S3 does")
    func spelling() {
        #expect(S3Signature.encoded("/a b/é+~*", keeping: "/") == "/a%20b/%C3%A9%2B~%2A")
        #expect(S3Signature.text(of: [("b", "x/y="), ("a", ""), ("B", "1")]) == "B=1&a=&b=x%2Fy%3D")
    }
}
