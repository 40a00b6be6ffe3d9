/// What happened between two moments.
struct DashboardInterval: Sendable {
    /// Its length.
    let seconds: Double
    /// Requests per second.
    let requestRate: Double
    /// Share of the requests that failed (5xx); `nil` where there was none.
    let failedShare: Double?
    /// Share of the requests that were refused because there were too many (429); `nil` where there was none.
    let refusedShare: Double?
    /// Seconds to the answer of a request for parameters.
    let answerSeconds: HistogramReading
    /// Devices of each batch.
    let batchSizes: HistogramReading
    /// Batches by why they were dispatched.
    let dispatches: [String: Int]
    /// Seconds that the oldest request of each batch had waited.
    let queueSeconds: HistogramReading
    /// Seconds that the model took for each batch.
    let inferSeconds: HistogramReading
    /// Response bytes per second.
    let answerByteRate: Double

    /// Compares two moments.
    init(from start: DashboardStatistics, to end: DashboardStatistics) {
        seconds = max(end.time - start.time, 1e-3)
        let requests = end.requests.map { (status: $0.key, count: $0.value - start.requests[$0.key, default: 0]) }
        let all = requests.reduce(0) { $0 + $1.count }
        requestRate = Double(all) / seconds
        func share(_ isMeant: (Int) -> Bool) -> Double? {
            guard all > 0 else { return nil }
            return Double(requests.reduce(0) { isMeant($1.status) ? $0 + $1.count : $0 }) / Double(all)
        }
        failedShare = share { $0 >= 500 }
        refusedShare = share { $0 == 429 }
        answerSeconds = end.answerSeconds.since(start.answerSeconds)
        batchSizes = end.batchSizes.since(start.batchSizes)
        dispatches = end.dispatches.reduce(into: [:]) { $0[$1.key] = $1.value - start.dispatches[$1.key, default: 0] }
        queueSeconds = end.queueSeconds.since(start.queueSeconds)
        inferSeconds = end.inferSeconds.since(start.inferSeconds)
        answerByteRate = Double(end.answerBytes - start.answerBytes) / seconds
    }
}
