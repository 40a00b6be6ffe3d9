import Foundation

/// Those who follow the states of a model.
struct StateObservers {
    private var continuations: [UUID: AsyncStream<PersonalModel.State>.Continuation] = [:]
    /// What happened while the model opened, before anybody could follow.
    private var early: [PersonalModel.State] = []
    /// Whether the disk refused the last sample.
    private var isDiskFailing = false
    /// More than a download has hundredths, so that no notice is lost for them.
    private static let buffered = 256

    /// Tells all.
    func tell(_ state: PersonalModel.State) {
        for continuation in continuations.values { continuation.yield(state) }
    }

    /// Says that the disk refuses samples: once, not after every sample.
    mutating func tellOfDisk(_ results: [Result<Void, any Error>]) {
        let wasFailing = isDiskFailing
        isDiskFailing = false
        for case .failure(let error) in results {
            if !wasFailing, !isDiskFailing { tell(.notice(.disk(error))) }
            isDiskFailing = true
        }
    }

    /// Keeps what every later observer is told first.
    mutating func tellLater(_ notices: [ClientError]) { early += notices.prefix(8).map { .notice($0) } }

    /// A new stream.
    ///
    /// - Parameters:
    ///   - states: What it begins with after what happened early: the state now.
    ///   - onEnd: Called with the stream's id when its reader is gone.
    mutating func stream(
        _ states: [PersonalModel.State],
        onEnd: @escaping @Sendable (UUID) -> Void
    ) -> AsyncStream<PersonalModel.State> {
        let id = UUID()
        let (stream, continuation) = AsyncStream.makeStream(
            of: PersonalModel.State.self,
            bufferingPolicy: .bufferingNewest(Self.buffered)
        )
        continuations[id] = continuation
        continuation.onTermination = { _ in onEnd(id) }
        for notice in early { continuation.yield(notice) }
        for state in states { continuation.yield(state) }
        return stream
    }

    mutating func remove(_ id: UUID) { continuations[id] = nil }

    /// Ends all streams.
    func finish() {
        for continuation in continuations.values { continuation.finish() }
    }
}
