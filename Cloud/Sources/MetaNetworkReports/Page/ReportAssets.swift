import Foundation
import MetaNetworkData

/// The files that the report embeds.
public enum ReportAssets {
    /// The source of Plotly, which draws the charts.
    ///
    /// It is read from the folder that `METANETWORK_DEPS` names, or else from the first `.deps` found on the way up
    /// from the executable.
    ///
    /// - Throws: ``ReportAssetError`` if it is in neither.
    public static func plotly() throws -> String {
        try plotly(
            dependencies: ProcessInfo.processInfo.environment["METANETWORK_DEPS"],
            executable: Bundle.main.executableURL
        )
    }

    /// As ``plotly()`` with the places to look in.
    package static func plotly(dependencies: String?, executable: URL?) throws -> String {
        guard let file = SetUpFile.find(member, dependencies: dependencies, executable: executable) else {
            throw ReportAssetError.missing(place: ".deps/\(member), in any folder above the executable")
        }
        return try read(
            file,
            orFail: dependencies?.isEmpty == false ? .missing(place: file.path) : .unreadable(place: file.path)
        )
    }

    /// The script that draws the charts. It takes the colours from the style sheet and draws anew when the colour scheme
    /// changes and for printing.
    package static let script = EmbeddedTexts.report_js

    /// The style sheet.
    package static let style = EmbeddedTexts.report_css

    private static let member = "plotly/plotly.min.js"

    private static func read(_ file: URL, orFail error: ReportAssetError) throws -> String {
        guard let data = try? Data(contentsOf: file) else { throw error }
        guard let text = String(data: data, encoding: .utf8), !text.isEmpty else {
            throw ReportAssetError.unreadable(place: file.path)
        }
        return text
    }
}

/// Why a file that the report embeds could not be had.
public enum ReportAssetError: Error, Equatable, CustomStringConvertible, LocalizedError {
    /// There is no such file.
    case missing(place: String)
    /// The file is there and is not text that can be read.
    case unreadable(place: String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .missing(let place):
            "Plotly, which draws the report's charts, was not found: looked for \(place). Run `make setup`, or set"
                + " METANETWORK_DEPS to the folder that has plotly/plotly.min.js."
        case .unreadable(let place):
            "Plotly, which draws the report's charts, cannot be read: \(place). Run `make setup` again."
        }
    }

    /// The same, for those that ask the way of Foundation.
    public var errorDescription: String? { description }
}
