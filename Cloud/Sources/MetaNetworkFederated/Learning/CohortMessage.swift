import MetaNetwork
import Torch

/// What one rank's devices have learned, for the others: a byte that says what follows, and then of each turn the loss, the steps, whether there is a
/// gradient, the parameters and the gradient, all little-endian.
struct CohortMessage {
    let learned: Result<[LocalResult], any Error>
    let isStopAsked: Bool

    private enum Form: UInt8 { case learned, learnedAndStops, failed }

    init(_ learned: Result<[LocalResult], any Error>, isStopAsked: Bool) {
        (self.learned, self.isStopAsked) = (learned, isStopAsked)
    }

    /// The message.
    var bytes: [UInt8] {
        switch learned {
        case .failure(let error): return [Form.failed.rawValue] + Array("\(error)".utf8)
        case .success(let results):
            var bytes = [(isStopAsked ? Form.learnedAndStops : .learned).rawValue]
            for result in results {
                bytes.append(word: result.loss.bitPattern)
                bytes.append(word: UInt64(result.steps))
                bytes.append(result.gradient == nil ? 0 : 1)
                for values in [result.parameters, result.gradient ?? []] { bytes.append(floats: values) }
            }
            return bytes
        }
    }

    /// Reads a message.
    ///
    /// - Parameter turns: Those of the rank that sent it.
    /// - Throws: `RankError.failed` where it is of other turns.
    init(_ bytes: [UInt8], of turns: [WorkerPool.Turn]) throws(RankError) {
        var rest = bytes[...]
        switch rest.popFirst().flatMap(Form.init(rawValue:)) {
        case .failed: self.init(.failure(RankError.failed(String(decoding: rest, as: UTF8.self))), isStopAsked: false)
        case .some(let form):
            var results: [LocalResult] = []
            for turn in turns { results.append(try rest.takeResult(of: turn)) }
            self.init(.success(results), isStopAsked: form == .learnedAndStops)
        case nil: throw Self.isOfOther
        }
    }

    fileprivate static let isOfOther = RankError.failed(
        "a rank sent what other devices learned; use the same version of the tool on all"
    )
}

extension ArraySlice<UInt8> {
    fileprivate mutating func takeResult(of turn: WorkerPool.Turn) throws(RankError) -> LocalResult {
        let (loss, steps) = (Double(bitPattern: try takeWord()), try takeWord())
        guard let hasGradient = popFirst(), let steps = Int(exactly: steps) else { throw CohortMessage.isOfOther }
        let count = turn.parameters.count
        return LocalResult(
            parameters: try takeFloats(count),
            loss: loss,
            gradient: hasGradient == 1 ? try takeFloats(count) : nil,
            steps: steps
        )
    }

    private mutating func takeWord() throws(RankError) -> UInt64 {
        guard count >= 8 else { throw CohortMessage.isOfOther }
        let word = prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        removeFirst(8)
        return word
    }

    private mutating func takeFloats(_ count: Int) throws(RankError) -> [Float] {
        guard self.count >= 4 * count else { throw CohortMessage.isOfOther }
        let values = withUnsafeBytes { bytes in
            (0..<count).map { place in
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)))
            }
        }
        removeFirst(4 * count)
        return values
    }
}

extension [UInt8] {
    fileprivate mutating func append(word: UInt64) {
        Swift.withUnsafeBytes(of: word.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(floats values: [Float]) {
        reserveCapacity(count + 4 * values.count)
        for value in values {
            Swift.withUnsafeBytes(of: value.bitPattern.littleEndian) { append(contentsOf: $0) }
        }
    }
}
