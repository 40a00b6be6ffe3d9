import MetaNetwork

/// Takes note of what a version generates: for its metrics, and for whether a candidate goes on.
struct GenerationWatch: Sendable {
    let metrics: VersionMetrics
    /// What became of the devices of a candidate.
    let record: CandidateRecord
    /// `nil` where nobody asked whether devices take the weights.
    let bounds: LayerBounds?

    /// Notes a batch that failed as a whole.
    func failed(_ requests: [GenerationRequest]) {
        metrics.failed(requests.count)
        for request in requests { record.note(.failed, of: request.device) }
    }

    /// Notes what was generated for a device.
    ///
    /// - Parameters:
    ///   - values: The weights.
    ///   - request: The device's request.
    ///   - isEncoded: Whether they could be written in the format that the device wants.
    func note(_ values: ArraySlice<Float>, for request: GenerationRequest, isEncoded: Bool) {
        let norm = values.squares.squareRoot()
        guard isEncoded, norm.isFinite else {
            metrics.failed(1)
            return record.note(.failed, of: request.device)
        }
        let isTooLong = bounds.map { !$0.hold(values) } ?? false
        metrics.generated(norm: norm, isTooLong: isTooLong)
        record.note(isTooLong ? .tooLong : .good, of: request.device)
    }
}
