extension LineReader {
    /// Calls a body with each record: a line, or several where a quoted column has line breaks.
    ///
    /// A quote that is not closed within ``QuotedLines/mostLines`` lines was meant as a character: its line is given alone, and the others
    /// after it.
    ///
    /// - Parameters:
    ///   - separator: Says of the first line what is between quoted columns; `nil` where there are no quotes.
    ///   - progress: Receives the bytes of the file read so far.
    ///   - body: Receives the number of the record's first line, and its bytes; returns `false` to stop.
    /// - Throws: ``DataError`` where the file cannot be read.
    func forEachRecord(
        separatedBy separator: (UnsafeBufferPointer<UInt8>) throws -> UInt8?,
        progress: (Int) -> Void = { _ in },
        _ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Bool
    ) throws {
        var quoted: QuotedLines?
        var isDone = false
        try forEachLine(progress: progress) { number, line in
            if number == 1 { quoted = try separator(line).map { QuotedLines(separator: $0) } }
            let goesOn = try quoted?.take(line, number, body) ?? body(number, line)
            isDone = !goesOn
            return goesOn
        }
        if !isDone { _ = try quoted?.finish(body) }
    }
}

/// Puts together what line breaks within quotes took apart.
struct QuotedLines {
    let separator: UInt8
    private var pending: [UInt8] = []
    private var ends: [Int] = []
    private var first = 0

    /// A column of more lines is none.
    static let mostLines = 1_000
    private static let mostBytes = 1 << 20

    init(separator: UInt8) { self.separator = separator }

    typealias Body = (Int, UnsafeBufferPointer<UInt8>) throws -> Bool

    mutating func take(_ line: UnsafeBufferPointer<UInt8>, _ number: Int, _ body: Body) throws -> Bool {
        if ends.isEmpty {
            guard LineSplitter.endsInQuotes(line, separator) else { return try body(number, line) }
            first = number
            append(line)
            return true
        }
        append(line)
        // A line without a quote closes nothing.
        guard line.contains(LineSplitter.quote) else { return try isTooLong ? giveUp(body) : true }
        let isOpen = pending.withUnsafeBufferPointer { LineSplitter.endsInQuotes($0, separator) }
        guard isOpen else {
            defer { clear() }
            return try pending.withUnsafeBufferPointer { try body(first, $0) }
        }
        return try isTooLong ? giveUp(body) : true
    }

    /// Gives what is left at the end of the file.
    mutating func finish(_ body: Body) throws -> Bool {
        while !ends.isEmpty { guard try giveUp(body) else { return false } }
        return true
    }

    private var isTooLong: Bool { ends.count > Self.mostLines || pending.count > Self.mostBytes }

    private mutating func append(_ line: UnsafeBufferPointer<UInt8>) {
        if !ends.isEmpty { pending.append(UInt8(ascii: "\n")) }
        pending += line
        ends.append(pending.count)
    }

    private mutating func clear() {
        pending.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// Gives the first of the lines alone and takes the others anew.
    private mutating func giveUp(_ body: Body) throws -> Bool {
        let (bytes, ends, first) = (pending, ends, first)
        clear()
        return try bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            for (place, end) in ends.enumerated() {
                let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
                start = end + 1
                let goesOn = try place == 0 ? body(first, line) : take(line, first + place, body)
                if !goesOn { return false }
            }
            return true
        }
    }
}
