/// Why a function of C cannot do what it was asked to; the message says how to fix it.
struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Where C wants to read what went wrong.
struct ErrorText {
    private let text: UnsafeMutablePointer<CChar>?
    private let size: Int

    init(_ text: UnsafeMutablePointer<CChar>?, _ size: Int) { (self.text, self.size) = (text, size) }

    /// Runs a function of C.
    ///
    /// - Returns: What it returns, or `failure` where it throws, whose text is then written.
    func run<Result>(or failure: Result, _ body: () throws -> Result) -> Result {
        do {
            return try body()
        } catch {
            write("\(error)")
            return failure
        }
    }

    /// Writes as much of a message as fits, in whole characters of UTF-8, and a zero.
    private func write(_ message: String) {
        guard let text, size > 0 else { return }
        var count = 0
        for character in message.unicodeScalars {
            let bytes = UTF8.encode(character).map(Array.init) ?? []
            guard count + bytes.count < size, character.value != 0 else { break }
            for byte in bytes {
                text[count] = CChar(bitPattern: byte)
                count += 1
            }
        }
        text[count] = 0
    }
}
