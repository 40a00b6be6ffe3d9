import MetaNetworkWire

extension SigningKey {
    /// Signs the answers of a batch; one that failed stays as it is.
    ///
    /// - Parameters:
    ///   - bodies: The answers.
    ///   - labels: How each is signed.
    ///   - subject: What they are.
    func signed(
        _ bodies: [Result<[UInt8], any Error>],
        _ labels: [WireLabel],
        _ subject: ResponseSignature.Subject
    ) throws -> [Result<SignedAnswer, any Error>] {
        let unsigned = zip(bodies, labels).compactMap { body, label in
            (try? body.get()).map { Unsigned(body: $0, label: label) }
        }
        var signatures = try sign(all: unsigned, subject).makeIterator()
        return bodies.map { body in
            body.map { body in
                guard let signature = signatures.next() else { preconditionFailure("fewer signatures than answers") }
                return SignedAnswer(body: body, signature: signature.headerValue)
            }
        }
    }
}
