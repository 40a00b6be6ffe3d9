import Foundation

/// Reads interaction files of any size: CSV, TSV and the like with a header, RecBole's `.inter`, JSON Lines, "user item" lines, and the
/// files without a header that ``HeaderlessLayout`` knows; packed by gzip or not.
///
/// Memory: 16 bytes an interaction, 4 more where they have weights and 4 where what users did is kept, and the distinct ids; the file itself is never held. A file is read once, from its beginning to its
/// end, so it may be a pipe.
public enum InteractionReader {
    /// What a file was found to hold.
    struct Contents {
        var log = InteractionLog()
        var format: InteractionFormat
        var lines = 0
        var leftOut = 0
        var problems: [DataProblem] = []
        var problemCount = 0
    }

    /// Reads a whole file; a malformed line is an error.
    ///
    /// - Parameters:
    ///   - url: The file; or a folder with one `.inter`, or with files of the three parts, such as `x.train.inter`, `x.valid.inter` and
    ///     `x.test.inter`.
    ///   - mapping: Names of the columns; the usual names are tried where `nil`.
    ///   - filter: Which interactions count.
    ///   - progress: Receives bytes read and bytes in all, which are 0 where nobody knows.
    /// - Throws: ``DataError`` with the first malformed lines.
    public static func read(
        _ url: URL,
        mapping: InteractionFormat.ColumnMapping = .init(),
        filter: InteractionFilter = .init(),
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> InteractionLog {
        let contents = try contents(url, mapping: mapping, filter: filter, problemLimit: 10, progress: progress)
        try refuse(contents.problems, contents.problemCount, url)
        return contents.log
    }

    /// Whether a path is a folder with a file each of training, validation and test.
    package static func isSplit(_ path: String) -> Bool {
        (try? InteractionFiles(URL(fileURLWithPath: path)))?.files.contains { $0.part != nil } ?? false
    }

    /// Throws where lines are malformed.
    static func refuse(_ problems: [DataProblem], _ count: Int, _ url: URL) throws(DataError) {
        guard !problems.isEmpty else { return }
        let file = DataInput.name(url)
        let shown = problems.prefix(3).map { "  \($0)" }.joined(separator: "\n")
        throw DataError(
            "\(file) has \(count) malformed line(s):\n\(shown)\n`metanetwork data check` with the file lists them all",
            problems: problems
        )
    }

    static func contents(
        _ url: URL,
        mapping: InteractionFormat.ColumnMapping = .init(),
        filter: InteractionFilter = .init(),
        problemLimit: Int,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Contents {
        let files = try InteractionFiles(url).files
        let size = files.reduce(0) { $0 + self.size($1.url) }
        var (all, before): (Contents?, Int) = (nil, 0)
        for file in files {
            var log = all?.log ?? InteractionLog()
            let records = InteractionRecords(
                file.url,
                mapping: mapping,
                filter: filter,
                problemLimit: problemLimit - (all?.problems.count ?? 0)
            )
            let findings = try records.read(progress: { progress(before + $0, size) }) {
                log.append($0, file.part, keepsEvent: filter.keepsEvents)
            }
            try log.checkTimes(file.url)
            var contents = all ?? Contents(format: findings.format)
            contents.log = log
            contents.lines += findings.lines
            contents.leftOut += findings.leftOut
            contents.problemCount += findings.problemCount
            let name = files.count > 1 ? file.url.lastPathComponent : nil
            contents.problems += findings.problems.map {
                DataProblem(file: name, line: $0.line, column: $0.column, message: $0.message, fix: $0.fix)
            }
            all = contents
            before += self.size(file.url)
        }
        guard let all else { preconditionFailure("a path means one file or more") }
        return all
    }

    private static func size(_ url: URL) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int) ?? 0
    }
}

extension InteractionLog {
    fileprivate mutating func append(_ record: InteractionRecord, _ part: Part?, keepsEvent: Bool) {
        if let time = record.time { times.append(time) }
        if let part { parts.append(part) }
        if let weight = record.weight { weights.append(weight) }
        if keepsEvent { events.append(Int32(record.event.map { eventNames.intern($0) } ?? eventNames.append(""))) }
        userIndices.append(Int32(users.intern(record.user)))
        itemIndices.append(Int32(items.intern(record.item)))
    }

    /// Files of one data set all have times, or none has.
    fileprivate func checkTimes(_ url: URL) throws(DataError) {
        guard times.isEmpty || times.count == count else {
            throw DataError(
                "\(url.path) and the files beside it do not all have a column of times; name it with --time-column"
            )
        }
    }
}
