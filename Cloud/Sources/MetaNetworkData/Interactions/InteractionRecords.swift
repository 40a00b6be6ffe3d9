import Foundation

/// One interaction of a file, valid while it is handed over.
struct InteractionRecord {
    let user: UnsafeBufferPointer<UInt8>
    let item: UnsafeBufferPointer<UInt8>
    /// Seconds since 1970; `nil` where the file has no times.
    let time: Double?
    /// As it is written.
    let rating: UnsafeBufferPointer<UInt8>?
    let event: UnsafeBufferPointer<UInt8>?
    /// How much it counts in training; `nil` where all count alike.
    let weight: Float?
}

/// Reads the records of one file, tells the malformed ones, and hands the others over.
struct InteractionRecords {
    private let url: URL
    private let mapping: InteractionFormat.ColumnMapping
    private let filter: InteractionFilter
    private let problemLimit: Int

    /// What was found in a file beside its interactions.
    struct Findings {
        let format: InteractionFormat
        /// Lines, a header included.
        var lines = 0
        /// Interactions that were handed over.
        var interactions = 0
        /// Interactions that the filter left out.
        var leftOut = 0
        /// The first malformed lines.
        var problems: [DataProblem] = []
        /// Number of malformed lines.
        var problemCount = 0
    }

    /// - Parameter problemLimit: Malformed lines that are kept; all are counted.
    init(
        _ url: URL,
        mapping: InteractionFormat.ColumnMapping,
        filter: InteractionFilter,
        problemLimit: Int
    ) {
        var mapping = mapping
        mapping.mayLackEvent = filter.mayLackEvents
        (self.url, self.mapping, self.filter, self.problemLimit) = (url, mapping, filter, problemLimit)
    }

    /// Reads the file once, from its beginning to its end, so that it may be a pipe.
    ///
    /// - Parameters:
    ///   - progress: Receives the bytes of the file read so far.
    ///   - receive: Receives the interactions in the order of the lines.
    /// - Throws: ``DataError`` where it cannot be read, its format is not known, or it has no record at all.
    func read(progress: (Int) -> Void, receive: (InteractionRecord) -> Void) throws -> Findings {
        let file = DataInput.name(url)
        var state: (findings: Findings, splitter: LineSplitter)?
        try LineReader(url: url).forEachRecord(
            separatedBy: { line in
                let format = try InteractionFormat.detect(line, of: url, mapping: mapping)
                try filter.check(format, file)
                state = (Findings(format: format), LineSplitter(format.separator))
                return format.separator.quoted
            },
            progress: progress,
            { number, line in
                guard var (findings, splitter) = state else {
                    preconditionFailure("the first line says what the file is")
                }
                // Moved out and back, so that buffers are not copied at each line.
                state = nil
                findings.lines = number
                if number > 1 || !findings.format.hasHeader { take(line, number, &splitter, &findings, receive) }
                state = (findings, splitter)
                return true
            }
        )
        guard let findings = state?.findings else {
            throw DataError("\(file) is empty (or its first line is); it needs at least a line of interactions")
        }
        guard findings.interactions + findings.leftOut + findings.problemCount > 0 else {
            throw DataError("\(file) holds no interaction, only a header; add some lines")
        }
        guard findings.interactions + findings.problemCount > 0 else {
            throw DataError("\(file): none of \(findings.leftOut) interactions has \(filter.text); ask for less")
        }
        return findings
    }

    private func take(
        _ line: UnsafeBufferPointer<UInt8>,
        _ number: Int,
        _ splitter: inout LineSplitter,
        _ findings: inout Findings,
        _ receive: (InteractionRecord) -> Void
    ) {
        let format = findings.format
        let outcome = splitter.withColumns(of: line) { fields -> Problem? in
            switch record(fields, format) {
            case .success(let record?):
                findings.interactions += 1
                receive(record)
            case .success(nil): findings.leftOut += 1
            case .failure(let problem): return problem
            }
            return nil
        }
        guard let problem = outcome ?? unreadable(line, format) else { return }
        findings.problemCount += 1
        guard findings.problems.count < problemLimit else { return }
        findings.problems.append(
            DataProblem(line: number, column: problem.column, message: problem.message, fix: problem.fix)
        )
    }

    private struct Problem: Error {
        var column = 0
        let message: String
        let fix: String
    }

    private func unreadable(_ line: UnsafeBufferPointer<UInt8>, _ format: InteractionFormat) -> Problem {
        if case .keys = format.separator {
            if line.isEmpty { return Problem(message: "the line is empty", fix: "remove it") }
            return Problem(message: "the line is no JSON object", fix: "write one object a line")
        }
        return Problem(message: "a double quote is not closed", fix: "close it, or double it inside a column")
    }

    /// The interaction of a record; `nil` where the filter leaves it out.
    private func record(
        _ fields: [UnsafeBufferPointer<UInt8>],
        _ format: InteractionFormat
    ) -> Result<InteractionRecord?, Problem> {
        guard fields.count == format.columns else { return .failure(wrongCount(fields, format)) }
        let places = format.places
        for (place, name) in [(places.user, "user"), (places.item, "item")] {
            if let problem = Self.idProblem(fields[place], place, name) { return .failure(problem) }
        }
        if filter.keepsEvents, let place = places.event, let problem = Self.textProblem(fields[place], place, "event") {
            return .failure(problem)
        }
        var (time, rating): (Double?, Double?)
        if let place = places.rating, filter.leastRating != nil || filter.weights == .rating {
            rating = Self.number(fields[place])
            guard let rating else {
                let text = Self.shown(fields[place])
                return .failure(
                    .init(column: place + 1, message: "the rating '\(text)' is not a number", fix: "write a number")
                )
            }
            if let least = filter.leastRating, rating < least { return .success(nil) }
        }
        let weight = filter.weights?.weight(rating: rating, event: places.event.map { fields[$0] })
        if filter.weights != nil, weight == nil, let place = places.rating {
            return .failure(
                .init(
                    column: place + 1,
                    message: "the rating '\(Self.shown(fields[place]))' is below 0, and cannot be a weight",
                    fix: "leave it out with --min-rating 0"
                )
            )
        }
        if let place = places.event, !filter.events.isEmpty {
            guard filter.events.contains(where: { fields[place].elementsEqual($0.utf8) }) else { return .success(nil) }
        }
        if let place = places.time {
            time = InteractionTime.seconds(fields[place])
            guard time != nil else {
                let message = "the time '\(Self.shown(fields[place]))' is neither a number nor a date"
                return .failure(.init(column: place + 1, message: message, fix: InteractionTime.fix))
            }
        }
        return .success(
            InteractionRecord(
                user: fields[places.user],
                item: fields[places.item],
                time: time,
                rating: places.rating.map { fields[$0] },
                event: places.event.map { fields[$0] },
                weight: weight
            )
        )
    }

    private static func idProblem(_ id: UnsafeBufferPointer<UInt8>, _ place: Int, _ name: String) -> Problem? {
        if id.isEmpty {
            return Problem(column: place + 1, message: "the \(name) id is empty", fix: "give an id, or remove the line")
        }
        return textProblem(id, place, "\(name) id")
    }

    private static func textProblem(_ text: UnsafeBufferPointer<UInt8>, _ place: Int, _ what: String) -> Problem? {
        guard text.contains(where: { $0 >= 0x80 }), String(validating: text, as: UTF8.self) == nil else { return nil }
        return Problem(
            column: place + 1,
            message: "the \(what) '\(shown(text))' is not in UTF-8",
            fix: "convert the file, for example with iconv -f latin1 -t utf-8"
        )
    }

    private func wrongCount(_ fields: [UnsafeBufferPointer<UInt8>], _ format: InteractionFormat) -> Problem {
        if fields.isEmpty || (fields.count == 1 && fields[0].isEmpty) {
            return Problem(message: "the line is empty", fix: "remove it")
        }
        let fix =
            format == .userItemLines
            ? "write \"user item\""
            : "write one value for each column of the \(format.hasHeader ? "header" : "first line")"
        return Problem(message: "\(fields.count) column(s) where \(format.columns) are expected", fix: fix)
    }

    private static func shown(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        String(decoding: bytes.prefix(40), as: UTF8.self)
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        let text = String(decoding: bytes.prefix(64), as: UTF8.self).trimmingCharacters(in: .whitespaces)
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
}
