/// Takes the columns of a line apart.
///
/// Its buffers are kept from line to line, so that no line costs an allocation.
struct LineSplitter {
    private let separator: InteractionFormat.Separator
    /// Text of a line with quotes, these taken away.
    private var unquoted: [UInt8] = []
    /// End of each column in ``unquoted``.
    private var ends: [Int] = []
    private var columns: [UnsafeBufferPointer<UInt8>] = []

    init(_ separator: InteractionFormat.Separator) {
        self.separator = separator
    }

    /// Calls a body with the columns of a line, which are valid until it returns.
    ///
    /// - Returns: What the body returns, or `nil` where a quote is not closed.
    mutating func withColumns<Result>(
        of line: UnsafeBufferPointer<UInt8>,
        _ body: ([UnsafeBufferPointer<UInt8>]) -> Result
    ) -> Result? {
        columns.removeAll(keepingCapacity: true)
        switch separator {
        case .spaces: splitAtSpaces(line)
        case .byte(let separator):
            guard line.contains(UInt8(ascii: "\"")) else {
                split(line, separator)
                break
            }
            guard unquote(line, separator) else { return nil }
            return unquoted.withUnsafeBufferPointer { bytes in
                var start = 0
                for end in ends {
                    columns.append(UnsafeBufferPointer(rebasing: bytes[start..<end]))
                    start = end
                }
                return body(columns)
            }
        }
        return body(columns)
    }

    private mutating func split(_ line: UnsafeBufferPointer<UInt8>, _ separator: UInt8) {
        var start = 0
        for index in line.indices where line[index] == separator {
            columns.append(UnsafeBufferPointer(rebasing: line[start..<index]))
            start = index + 1
        }
        columns.append(UnsafeBufferPointer(rebasing: line[start...]))
    }

    private mutating func splitAtSpaces(_ line: UnsafeBufferPointer<UInt8>) {
        var start: Int?
        for index in line.indices {
            let isSpace = line[index] == UInt8(ascii: " ") || line[index] == UInt8(ascii: "\t")
            if isSpace, let first = start {
                columns.append(UnsafeBufferPointer(rebasing: line[first..<index]))
                start = nil
            } else if !isSpace, start == nil {
                start = index
            }
        }
        if let start { columns.append(UnsafeBufferPointer(rebasing: line[start...])) }
    }

    /// Takes quotes away and notes where columns end; `false` where a quote is not closed.
    private mutating func unquote(_ line: UnsafeBufferPointer<UInt8>, _ separator: UInt8) -> Bool {
        unquoted.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        let quote = UInt8(ascii: "\"")
        var isQuoted = false
        var index = 0
        while index < line.count {
            let byte = line[index]
            if byte == quote {
                if isQuoted, index + 1 < line.count, line[index + 1] == quote {
                    unquoted.append(quote)
                    index += 1
                } else {
                    isQuoted.toggle()
                }
            } else if byte == separator, !isQuoted {
                ends.append(unquoted.count)
            } else {
                unquoted.append(byte)
            }
            index += 1
        }
        ends.append(unquoted.count)
        return !isQuoted
    }
}
