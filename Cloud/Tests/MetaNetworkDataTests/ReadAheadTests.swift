import Dispatch
import MetaNetworkData
import Synchronization
import Testing

@Suite("Reading ahead")
struct ReadAheadTests {
    private struct Broken: Error, Equatable { let number: Int }

    @Test("reads the next value before it is asked for, each once, and another one where another is asked for")
    func ahead() throws {
        let read = Mutex<[Int]>([])
        let queue = DispatchQueue(label: "ahead")
        let reader = ReadAhead(on: queue) { number in
            read.withLock { $0.append(number) }
            return number * 10
        }
        #expect(try reader.value(3, before: 4) == 30)
        queue.sync {}
        #expect(read.withLock { $0 } == [3, 4])
        #expect(try reader.value(4, before: 5) == 40)
        #expect(try reader.value(9, before: nil) == 90)
        queue.sync {}
        #expect(read.withLock { $0 }.sorted() == [3, 4, 5, 9])
        #expect(try reader.value(9, before: nil) == 90)
    }

    @Test("says what went wrong where the value is asked for, and not before")
    func broken() throws {
        let reader = ReadAhead(on: DispatchQueue(label: "broken")) { number in
            if number == 2 { throw Broken(number: 2) }
            return number
        }
        #expect(try reader.value(1, before: 2) == 1)
        #expect(throws: Broken(number: 2)) { try reader.value(2, before: 3) }
        #expect(try reader.value(3, before: nil) == 3)
    }
}
