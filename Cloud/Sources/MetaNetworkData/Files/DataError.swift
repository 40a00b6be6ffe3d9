/// Data that cannot be used; the message says what, where and how to fix it.
public struct DataError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The message.
    public let description: String
    /// The malformed lines, where these are the reason.
    public let problems: [DataProblem]

    package init(_ description: String, problems: [DataProblem] = []) {
        self.description = description
        self.problems = problems
    }
}

/// One malformed line of a data file.
public struct DataProblem: Sendable, Equatable, Codable, CustomStringConvertible {
    /// Name of the file, where there are several.
    public let file: String?
    /// Number of the line, from 1.
    public let line: Int
    /// Number of the column, from 1; 0 where the whole line is meant.
    public let column: Int
    /// What is wrong.
    public let message: String
    /// How to fix it.
    public let fix: String

    init(file: String? = nil, line: Int, column: Int, message: String, fix: String) {
        (self.file, self.line, self.column, self.message, self.fix) = (file, line, column, message, fix)
    }

    /// Line, column, message and fix on one line.
    public var description: String {
        "\(file.map { "\($0), " } ?? "")line \(line)\(column > 0 ? ", column \(column)" : ""): \(message); \(fix)"
    }
}
