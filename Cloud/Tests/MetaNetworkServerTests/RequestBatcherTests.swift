import Foundation
import MetaNetworkWire
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("The batcher")
struct RequestBatcherTests {
    private final class Seen: Sendable {
        private let batches = Mutex<[BatchObservation]>([])
        func add(_ batch: BatchObservation) { batches.withLock { $0.append(batch) } }
        var all: [BatchObservation] { batches.withLock { $0 } }
    }

    private let seen = Seen()

    private func batcher(
        size: Int = 4,
        queue: Int = 100,
        delay: Duration = .zero,
        waiting: Duration = .seconds(60),
        takes: TimeInterval = 0
    ) -> RequestBatcher<GenerationRequest> {
        var configuration = ServerConfiguration.Batching()
        configuration.waitingLimit = waiting
        configuration.batchSize = size
        configuration.queueLimit = queue
        configuration.delay = delay
        return RequestBatcher(configuration, observe: { [seen] in seen.add($0) }) { requests in
            Thread.sleep(forTimeInterval: takes)
            return try requests.map { request -> Result<SignedAnswer, any Error> in
                guard case .items(let items) = request.samples, items[0] >= 0 else {
                    throw CocoaError(.featureUnsupported)
                }
                // One that fails alone.
                guard items[0] < 100 else { return .failure(CocoaError(.coderInvalidValue)) }
                return .success(SignedAnswer(body: [UInt8(items[0])], signature: ""))
            }
        } encode: {
            $1
        }
    }

    private func request(_ item: Int32, isWanted: Bool = true) -> GenerationRequest {
        let metadata = ParametersMetadata(model: "", version: "", nonce: "", samples: 1, generated: 0, expires: 0)
        return GenerationRequest(samples: .items([item]), metadata: metadata, format: .float16, label: .newest) {
            isWanted
        }
    }

    @Test("an idle batcher dispatches at once and alone")
    func idle() async throws {
        let batcher = batcher(delay: .seconds(100))
        #expect(try await batcher.answer(request(7)).answer.body == [7])
        #expect(seen.all.map(\.reason) == [.idle] && seen.all.map(\.size) == [1])
    }

    @Test("under load requests gather, no batch is larger than allowed, and everybody gets their own answer")
    func load() async throws {
        let batcher = batcher(size: 5, takes: 0.01)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask { try await batcher.answer(request(Int32(number))).answer.body == [UInt8(number)] }
            }
            for try await isOwn in group { #expect(isOwn) }
        }
        #expect(seen.all.map(\.size).reduce(0, +) == 40)
        #expect(seen.all.allSatisfy { $0.size <= 5 })
        #expect(seen.all.contains { $0.reason == .full && $0.size == 5 })
        #expect(batcher.queueLength == 0)
    }

    @Test("a full queue refuses, a cancelled request leaves it, and a failing batch fails its own requests alone")
    func refusals() async throws {
        let batcher = batcher(size: 1, queue: 2, takes: 0.2)
        func start(_ item: Int32) -> Task<[UInt8], any Error> {
            Task { try await batcher.answer(request(item)).answer.body }
        }
        let first = start(1)
        // Once the first one is computed it is out of the queue; the others wait behind it.
        try await Task.sleep(for: .milliseconds(50))
        let (waiting, failing) = (start(2), start(-1))
        try await eventually { batcher.queueLength == 2 }
        await #expect(throws: BatchError.full) { try await batcher.answer(request(4)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(try await first.value == [1])
        await #expect(throws: CocoaError.self) { _ = try await failing.value }
        #expect(try await batcher.answer(request(5)).answer.body == [5])
    }

    @Test("a request that cannot be answered does not spoil its batch")
    func failure() async throws {
        let batcher = batcher(size: 2, takes: 0.05)
        let first = Task { try await batcher.answer(request(1)) }
        try await Task.sleep(for: .milliseconds(10))
        let good = Task { try await batcher.answer(request(2)) }
        let bad = Task { try await batcher.answer(request(100)) }
        #expect(try await first.value.answer.body == [1])
        #expect(try await good.value.answer.body == [2])
        await #expect(throws: CocoaError.self) { try await bad.value }
    }

    @Test("an answer says when it waited, was computed and was encoded, in that order")
    func times() async throws {
        let batcher = batcher(size: 1, takes: 0.05)
        async let first = batcher.answer(request(1))
        async let second = batcher.answer(request(2))
        for times in try await [first.times, second.times] {
            #expect(times.queued <= times.started && times.inferred <= times.finished)
            #expect(times.inferred - times.started >= .milliseconds(50))
        }
        let batches = seen.all
        #expect(batches.allSatisfy { $0.inferred >= .milliseconds(50) && $0.encoded < .milliseconds(50) })
        #expect(batches.contains { $0.queued >= .milliseconds(30) }, "one of them waited for the other")
    }

    @Test("what nobody waits for, and what waited too long, is not computed")
    func abandoned() async throws {
        let batcher = batcher(size: 2, takes: 1)
        let first = Task { try await batcher.answer(request(1)) }
        // Once it is computed it is out of the queue; the others wait behind it.
        try await Task.sleep(for: .milliseconds(300))
        let gone = (0..<3).map { _ in Task { try await batcher.answer(request(2, isWanted: false)) } }
        try await eventually { batcher.queueLength == 3 }
        let last = Task { try await batcher.answer(request(3)) }
        #expect(try await first.value.answer.body == [1])
        #expect(try await last.value.answer.body == [3])
        for task in gone { await #expect(throws: CancellationError.self) { try await task.value } }
        #expect(seen.all.map(\.size).reduce(0, +) == 2)

        let impatient = self.batcher(size: 1, waiting: .milliseconds(50), takes: 0.2)
        let answered = Task { try await impatient.answer(request(4)) }
        try await Task.sleep(for: .milliseconds(20))
        await #expect(throws: BatchError.expired) { try await impatient.answer(request(5)) }
        #expect(try await answered.value.answer.body == [4])
        #expect(try await impatient.answer(request(6)).answer.body == [6])
    }
}
