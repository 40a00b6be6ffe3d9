import Foundation

/// Takes the columns of a record apart.
///
/// Its buffers are kept from record to record, so that no line of columns costs an allocation.
struct LineSplitter {
    private let separator: InteractionFormat.Separator
    /// Text of a record with quotes, these taken away, or the values of an object.
    private var unquoted: [UInt8] = []
    /// End of each column in ``unquoted``.
    private var ends: [Int] = []
    private var columns: [UnsafeBufferPointer<UInt8>] = []
    private let object: JSONObjectReader?

    init(_ separator: InteractionFormat.Separator) {
        self.separator = separator
        object = if case .keys(let keys) = separator { JSONObjectReader(keys) } else { nil }
    }

    /// Calls a body with the columns of a record, which are valid until it returns.
    ///
    /// - Returns: What the body returns, or `nil` where a quote is not closed, or the record is no JSON object.
    mutating func withColumns<Result>(
        of line: UnsafeBufferPointer<UInt8>,
        _ body: ([UnsafeBufferPointer<UInt8>]) -> Result
    ) -> Result? {
        columns.removeAll(keepingCapacity: true)
        switch separator {
        case .spaces: splitAtSpaces(line)
        case .plain(let separator): split(line, separator)
        case .doubleColon: splitAtDoubleColons(line)
        case .keys:
            guard let object, object.read(line, into: &unquoted, &ends) else { return nil }
            return withUnquoted(body)
        case .byte(let separator):
            guard line.contains(Self.quote) else {
                split(line, separator)
                break
            }
            guard unquote(line, separator) else { return nil }
            return withUnquoted(body)
        }
        return body(columns)
    }

    static let quote = UInt8(ascii: "\"")

    /// Whether a quoted column is open at the end of a line.
    ///
    /// Only a quote at the beginning of a column opens one, so that an inch mark within a title is one.
    static func endsInQuotes(_ line: UnsafeBufferPointer<UInt8>, _ separator: UInt8) -> Bool {
        guard line.contains(quote) else { return false }
        var (isQuoted, isStart, index) = (false, true, 0)
        while index < line.count {
            let byte = line[index]
            if isQuoted {
                if byte == quote {
                    if index + 1 < line.count, line[index + 1] == quote { index += 1 } else { isQuoted = false }
                }
            } else {
                if byte == quote, isStart { isQuoted = true }
                isStart = byte == separator
            }
            index += 1
        }
        return isQuoted
    }

    private mutating func withUnquoted<Result>(_ body: ([UnsafeBufferPointer<UInt8>]) -> Result) -> Result {
        unquoted.withUnsafeBufferPointer { bytes in
            var start = 0
            for end in ends {
                columns.append(UnsafeBufferPointer(rebasing: bytes[start..<end]))
                start = end
            }
            return body(columns)
        }
    }

    private mutating func split(_ line: UnsafeBufferPointer<UInt8>, _ separator: UInt8) {
        var start = 0
        for index in line.indices where line[index] == separator {
            columns.append(UnsafeBufferPointer(rebasing: line[start..<index]))
            start = index + 1
        }
        columns.append(UnsafeBufferPointer(rebasing: line[start...]))
    }

    private mutating func splitAtDoubleColons(_ line: UnsafeBufferPointer<UInt8>) {
        let colon = UInt8(ascii: ":")
        var (start, index) = (0, 0)
        while index + 1 < line.count {
            guard line[index] == colon, line[index + 1] == colon else {
                index += 1
                continue
            }
            columns.append(UnsafeBufferPointer(rebasing: line[start..<index]))
            index += 2
            start = index
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
        var (isQuoted, isStart, index) = (false, true, 0)
        while index < line.count {
            let byte = line[index]
            let isDoubled = byte == Self.quote && index + 1 < line.count && line[index + 1] == Self.quote
            if isQuoted, byte == Self.quote {
                if isDoubled { unquoted.append(byte) } else { isQuoted = false }
                index += isDoubled ? 1 : 0
            } else if !isQuoted, byte == separator {
                ends.append(unquoted.count)
            } else if !isQuoted, isStart, byte == Self.quote {
                isQuoted = true
            } else {
                unquoted.append(byte)
            }
            isStart = !isQuoted && byte == separator
            index += 1
        }
        ends.append(unquoted.count)
        return !isQuoted
    }
}
