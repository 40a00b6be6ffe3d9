import Foundation

/// A play as interactions: each speaker is a user, and what the user takes up one after the other are characters.
///
/// The file has speeches with an empty line between them, each the speaker's name and a colon on a line of its own and then the text, as
/// char-rnn's `tinyshakespeare` has.
public enum SpokenText {
    /// Reads a file.
    ///
    /// - Parameters:
    ///   - url: Text in UTF-8.
    ///   - fewest: Characters that a speaker has at least; others are left out.
    /// - Returns: The speakers in the order in which they first speak; raw ids of the items are single characters.
    /// - Throws: ``DataError`` where the file cannot be read, is no such text, or fewer than two speakers have so much to say.
    public static func read(_ url: URL, fewest: Int) throws -> InteractionLog {
        var names: [String] = []
        var speeches: [String: [Character]] = [:]
        var speaker: String?
        try LineReader(url: url).forEachLine { number, line in
            let text = String(decoding: line, as: UTF8.self)
            if text.isEmpty {
                speaker = nil
            } else if let speaker {
                speeches[speaker, default: []] += Array(text) + ["\n"]
            } else {
                guard text.count > 1, text.hasSuffix(":") else {
                    throw DataError(
                        "\(url.path), line \(number): a speech begins with its speaker and a colon on a line of its own, and this is "
                            + "'\(text.prefix(40))'; separate speeches by an empty line"
                    )
                }
                let name = String(text.dropLast())
                if speeches[name] == nil { names.append(name) }
                speeches[name, default: []] += []
                speaker = name
            }
            return true
        }
        let kept = names.filter { speeches[$0, default: []].count >= fewest }
        guard kept.count >= 2 else {
            throw DataError(
                "\(url.path) has \(kept.count) speakers of \(names.count) with \(fewest) characters or more, and two are needed; give more "
                    + "text, or ask for fewer characters"
            )
        }
        var log = InteractionLog()
        for name in kept {
            for (place, character) in speeches[name, default: []].enumerated() {
                log.append(user: name, item: String(character), time: Double(place))
            }
        }
        return log
    }
}
