import Foundation

extension URL {
    /// The extension without that of gzip, in lower case: `csv` of `log.CSV.gz`.
    var dataExtension: String {
        let last = pathExtension.lowercased()
        return last == "gz" ? deletingPathExtension().pathExtension.lowercased() : last
    }

    /// What stands between the columns of a table with a header: commas in CSV, which Parquet is read as, tabs in all others.
    var columnSeparator: UInt8 {
        ["csv", "parquet"].contains(dataExtension) ? UInt8(ascii: ",") : UInt8(ascii: "\t")
    }
}
