import Foundation
import NIOHTTP1

/// What S3 said where it did not do what it was asked.
struct S3Fault: Sendable, Equatable {
    /// The HTTP status.
    let status: UInt
    /// S3's word for it; empty where it said none, as a proxy before it does.
    let code: String
    /// The region that the bucket is in, where it is another one.
    var region: String?
    /// The server's clock.
    var time: Date?

    /// Reads an answer.
    init(status: UInt, headers: HTTPHeaders, body: Data) {
        let document = S3Document(body)
        self.status = status
        code = document?.name == "Error" ? document?["Code"] ?? "" : ""
        region = document?["Region"] ?? headers.first(name: "x-amz-bucket-region")
        time = headers.first(name: "date").flatMap(Self.date)
    }

    /// Whether the same request may go well in a moment.
    var isPassing: Bool {
        status >= 500 && status != 501 || status == 429 || code == "RequestTimeout" || isRace
    }

    /// Whether somebody else wrote the same object in the same moment.
    var isRace: Bool { code == "ConditionalRequestConflict" || code == "OperationAborted" }

    /// Whether the keys have ended, so that new ones may do.
    var isOfEndedKeys: Bool { ["ExpiredToken", "TokenRefreshRequired"].contains(code) }

    /// What it means, and how to fix it.
    ///
    /// - Parameters:
    ///   - what: What was to be done, with where.
    ///   - action: The right that it takes, `s3:GetObject`.
    ///   - address: Bucket and prefix.
    ///   - endpoint: The server.
    ///   - now: This machine's clock.
    func error(
        _ what: String,
        _ action: String,
        _ address: S3Address,
        _ endpoint: S3Endpoint,
        at now: Date
    ) -> ObjectStoreError {
        let word = code.isEmpty ? "status \(status)" : code
        let (reason, fix) = meaning(action, address, endpoint, now)
        return ObjectStoreError(
            "\(what): \(reason) (\(word) of \(endpoint.host)); \(fix)",
            isOutage: isPassing,
            isRefusal: fix == Self.grant(action, address)
        )
    }

    private func meaning(
        _ action: String,
        _ address: S3Address,
        _ endpoint: S3Endpoint,
        _ now: Date
    ) -> (reason: String, fix: String) {
        switch code {
        case "NoSuchBucket":
            return ("there is no bucket '\(address.bucket)'", "make it, or correct the address and AWS_ENDPOINT_URL")
        case "InvalidAccessKeyId":
            return ("the server does not know the access key", "correct AWS_ACCESS_KEY_ID, or AWS_ENDPOINT_URL")
        case "SignatureDoesNotMatch":
            return ("the secret key is not that of the access key", "correct AWS_SECRET_ACCESS_KEY")
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
            return ("the keys have ended, or their token is another's", "get new ones, AWS_SESSION_TOKEN among them")
        case "RequestTimeTooSkewed":
            let off = time.map { Int((abs($0.timeIntervalSince(now)) / 60).rounded()) }
            return ("this machine's clock is \(off.map { "\($0) minutes off" } ?? "wrong")", "set it, and run NTP")
        case "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect",
            "IllegalLocationConstraintException":
            let other = region.map { "; set AWS_REGION=\($0)" } ?? "; set AWS_REGION to its region"
            return ("the bucket is not in the region \(endpoint.region)", "requests are signed for a region\(other)")
        case "EntityTooLarge":
            return (
                "the file is larger than the server takes",
                "make it smaller: a model in less precision (--base-precision), prepared data of fewer interactions"
            )
        case "NotImplemented":
            return (
                "the server knows no conditions on writes",
                "use one that does: without, those who write lose each other's changes"
            )
        default: break
        }
        if isPassing { return ("the server says that it has trouble, several times in a row", "try again later") }
        switch status {
        case 301, 307: return ("the bucket is in another region", "set AWS_REGION to its region")
        case 401, 403:
            return ("the keys have no right to it", Self.grant(action, address))
        default: return ("the server refuses", "look whether AWS_ENDPOINT_URL is the address of one that speaks S3")
        }
    }

    /// How keys get a right.
    private static func grant(_ action: String, _ address: S3Address) -> String {
        let place = "arn:aws:s3:::\(address.bucket)\(action == "s3:ListBucket" ? "" : "/\(address.prefix)*")"
        return "give them \(action) on \(place)"
    }

    /// `Sat, 28 Nov 2026 20:56:22 GMT`.
    static func date(_ text: String) -> Date? {
        let style = Date.VerbatimFormatStyle(
            format:
                "\(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) GMT",
            locale: Locale(identifier: "en_US_POSIX"),
            timeZone: .gmt,
            calendar: Calendar(identifier: .gregorian)
        )
        return try? style.parseStrategy.parse(text)
    }
}
