import Foundation

/// Which server has a bucket, and how it is asked for objects.
struct S3Endpoint: Sendable, Equatable {
    /// `https` or `http`, host, port, and what comes before each key: the bucket, where its name is no part of the host's.
    let base: String
    /// The host as it is sent, with the port where that is not the scheme's own.
    let host: String
    /// The path before the keys, ending with `/`.
    let path: String
    /// The region that requests are signed for.
    let region: String

    /// Finds the server by the variables that other programs for S3 read too.
    ///
    /// - Parameters:
    ///   - bucket: The bucket.
    ///   - environment: `AWS_REGION` or `AWS_DEFAULT_REGION`; `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` for others than Amazon's servers,
    ///     which are asked with the bucket in the path.
    /// - Throws: ``ConfigurationProblem``.
    init(bucket: String, environment: [String: String]) throws(ConfigurationProblem) {
        func value(_ names: String...) -> (name: String, text: String)? {
            names.lazy.compactMap { name in environment[name].flatMap { $0.isEmpty ? nil : (name, $0) } }.first
        }
        let region = value("AWS_REGION", "AWS_DEFAULT_REGION")?.text
        guard let (name, text) = value("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL") else {
            guard let region else {
                throw ConfigurationProblem(
                    "for S3 the region is missing: set AWS_REGION, or AWS_ENDPOINT_URL where the server is not Amazon's"
                )
            }
            let domain = "s3.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
            // A certificate of Amazon's covers no name with another dot.
            let isPath = bucket.contains(".") || bucket.contains("_")
            host = isPath ? domain : "\(bucket).\(domain)"
            path = isPath ? "/\(bucket)/" : "/"
            (base, self.region) = ("https://\(host)", region)
            return
        }
        guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme),
            let name = url.host(), !name.isEmpty, url.user == nil, url.query == nil
        else {
            throw ConfigurationProblem("\(name) is no address of a server: give https://HOST:PORT")
        }
        let literal = name.contains(":") ? "[\(name)]" : name
        let port = url.port.flatMap { $0 == (scheme == "https" ? 443 : 80) ? nil : ":\($0)" } ?? ""
        host = literal + port
        let folder = url.path.split(separator: "/").map { "/\($0)" }.joined()
        path = "\(folder)/\(bucket)/"
        (base, self.region) = ("\(scheme)://\(host)", region ?? "us-east-1")
    }
}
