import Foundation
import NIOHTTP1
import Testing

@testable import MetaNetworkServer

@Suite("What S3 says")
struct S3TextTests {
    private let address: S3Address
    private let endpoint: S3Endpoint

    init() throws {
        address = try S3Address("s3://models/live/")
        endpoint = try S3Endpoint(bucket: "models", environment: ["AWS_REGION": "eu-west-1"])
    }

    @Test("is read as a page of objects and folders, with the entities and times of several servers")
    func page() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><!-- a > page --><Name>models</Name><IsTruncated>true</IsTruncated>
            <Contents><Key>p/a&amp;b&#34;&#x3c;&unknown;</Key><ETag>&quot;1&quot;</ETag><LastModified>2026-11-28T20:56:22Z</LastModified></Contents>
            <Contents><Key>p/c</Key><Owner><ID/></Owner><LastModified>2026-11-28T20:56:22.500Z</LastModified></Contents>
            <CommonPrefixes><Prefix>p/d/</Prefix></CommonPrefixes><NextContinuationToken>a/+=</NextContinuationToken></ListBucketResult>
            """
        let page = try #require(S3Page(Data(text.utf8)))
        let time = Date(timeIntervalSince1970: 1_795_899_382)
        #expect(page.objects.map(\.key) == ["p/a&b\"<&unknown;", "p/c"])
        #expect(page.objects.map(\.modified) == [time, time + 0.5])
        #expect(page.folders == ["p/d/"] && page.next == "a/+=")
        // Cut short anywhere it is none, and never half of one.
        for length in 0..<text.utf8.count { #expect(S3Page(Data(text.utf8.prefix(length))) == nil) }
        // Nor is one that says that there is more, and not how to ask for it.
        let token = "<NextContinuationToken>a/+=</NextContinuationToken>"
        for other in ["", "<NextContinuationToken></NextContinuationToken>"] {
            #expect(S3Page(Data(text.replacingOccurrences(of: token, with: other).utf8)) == nil)
        }
    }

    @Test(
        "is no document where it is none",
        arguments: [
            "", "<", "<a", "<a>", "<a></b>", "</a>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "< >", "no XML",
            String(repeating: "<a>", count: 100_000), "<a><![CDATA[b]]></a>",
        ]
    )
    func none(_ text: String) { #expect(S3Document(Data(text.utf8)) == nil) }

    @Test(
        "becomes one sentence: what, why, and how to fix it",
        arguments: [
            (404, "NoSuchBucket", "there is no bucket 'models'", "AWS_ENDPOINT_URL"),
            (403, "InvalidAccessKeyId", "does not know the access key", "AWS_ACCESS_KEY_ID"),
            (403, "SignatureDoesNotMatch", "the secret key is not that", "AWS_SECRET_ACCESS_KEY"),
            (403, "AccessDenied", "have no right to it", "give them s3:PutObject on arn:aws:s3:::models/live/*"),
            (400, "ExpiredToken", "the keys have ended", "AWS_SESSION_TOKEN"),
            (403, "RequestTimeTooSkewed", "clock is 60 minutes off", "NTP"),
            (400, "AuthorizationHeaderMalformed", "not in the region eu-west-1", "AWS_REGION=us-west-2"),
            (301, "PermanentRedirect", "not in the region eu-west-1", "AWS_REGION=us-west-2"),
            (501, "NotImplemented", "no conditions on writes", "use one that does"),
            (503, "SlowDown", "it has trouble", "try again later"),
            (418, "", "the server refuses (status 418 of models.s3.eu-west-1.amazonaws.com)", "AWS_ENDPOINT_URL"),
        ] as [(UInt, String, String, String)]
    )
    func faults(_ status: UInt, _ code: String, _ reason: String, _ fix: String) {
        let body = "<Error><Code>\(code)</Code><Message>no</Message><Region>us-west-2</Region></Error>"
        var headers = HTTPHeaders()
        headers.add(name: "Date", value: "Sat, 28 Nov 2026 20:56:22 GMT")
        let fault = S3Fault(status: status, headers: headers, body: code.isEmpty ? Data() : Data(body.utf8))
        let error = fault.error(
            "s3://models/live/x cannot be written",
            "s3:PutObject",
            address,
            endpoint,
            at: Date(timeIntervalSince1970: 1_795_899_382 - 3_600)
        )
        #expect(error.description.hasPrefix("s3://models/live/x cannot be written: "))
        #expect(error.description.contains(reason) && error.description.contains(fix), "\(error)")
        #expect(error.isOutage == (status == 503) && fault.isPassing == (status == 503))
    }

    @Test("an address is a bucket and what its keys begin with, and none has a key or leads out of it")
    func addresses() throws {
        #expect(address.bucket == "models" && address.prefix == "live/" && "\(address)" == "s3://models/live")
        let bare = try S3Address("s3://models/")
        let same = try S3Address("s3://models")
        #expect(bare.prefix.isEmpty && "\(bare)" == "s3://models" && bare == same)
        #expect(try S3Address("s3://a.b-c/d/e.f_g/").prefix == "d/e.f_g/")
        for text in [
            "s3://", "s3://a", "s3://mo dels/x", "s3://models/../x", "s3://models//x", "s3://models/x?y",
            "s3://-models",
        ] {
            #expect(throws: ConfigurationProblem.self, "\(text)") { try S3Address(text) }
        }
        let error = #expect(throws: ConfigurationProblem.self) { try S3Address("s3://key:hush-hush@models/x") }
        #expect(error?.description.contains("hush-hush") == false)
    }

    @Test("a registry is a folder or a place in S3, and nothing of another scheme")
    func schemes() throws {
        #expect(try RegistryAddress("s3://models/live").description == "s3://models/live")
        #expect(try RegistryAddress("/srv/registry").description == "/srv/registry")
        for text in ["gs://models/live", "S3://models/live", "https://key:hush-hush@models/x", "://"] {
            let error = #expect(throws: ConfigurationProblem.self, "\(text)") { try RegistryAddress(text) }
            #expect(error?.description.contains("give a folder, or s3://BUCKET/PREFIX") == true)
            #expect(error?.description.contains("hush-hush") == false)
        }
    }

    @Test("a server is Amazon's of a region, or the one that is named, with the bucket in its path")
    func endpoints() throws {
        #expect(endpoint.base == "https://models.s3.eu-west-1.amazonaws.com" && endpoint.path == "/")
        let dotted = try S3Endpoint(bucket: "my.models", environment: ["AWS_DEFAULT_REGION": "cn-north-1"])
        #expect(dotted.base == "https://s3.cn-north-1.amazonaws.com.cn" && dotted.path == "/my.models/")
        let own = ["AWS_ENDPOINT_URL": "http://wrong", "AWS_ENDPOINT_URL_S3": "http://[::1]:9000/base/"]
        let named = try S3Endpoint(bucket: "models", environment: own)
        #expect(named.base == "http://[::1]:9000" && named.path == "/base/models/" && named.host == "[::1]:9000")
        #expect(named.region == "us-east-1")
        let usual = try S3Endpoint(bucket: "models", environment: ["AWS_ENDPOINT_URL": "https://storage.example:443"])
        #expect(usual.host == "storage.example")
        for environment in [
            [:], ["AWS_ENDPOINT_URL": "localhost:9000"], ["AWS_ENDPOINT_URL": "https://key:secret@host"],
        ] {
            let error = #expect(throws: ConfigurationProblem.self) {
                try S3Endpoint(bucket: "models", environment: environment)
            }
            #expect(error?.description.contains("AWS_ENDPOINT_URL") == true)
            #expect(error?.description.contains("secret") == false)
        }
    }
}
